"""The probe of kind ``http``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from time import perf_counter
from typing import Literal

from datashare_monitor_http.credentials import Authorization, BasicAuth, with_authorization
from datashare_monitor_http.readings import readings_of
from datashare_monitor_http.verdict import Expectation, HeaderMatch, judge
from monitor.plugin import (
    Duration,
    HttpOptions,
    IpProtocol,
    Observation,
    Pattern,
    Reason,
    Size,
    TlsConfig,
    Url,
    Vantage,
    degraded,
    down,
    up,
)

Compression = Literal["gzip", "deflate", "identity"]


@dataclass(frozen=True, kw_only=True)
class HttpProbe:
    """Sends one HTTP request and judges the answer. Options are named as in blackbox_exporter's http prober.

    Attributes:
        target: The URL asked for.
        valid_status_codes: Status codes accepted; 200 to 299 when empty.
        valid_http_versions: Such as ``HTTP/1.1``; any when empty.
        fail_if_header_matches: Down when a value of the header matches.
        body_size_limit: The longest body read, after decompression; a longer one is down.
        compression: What to ask for and undo; nothing when not set.
        degraded_over: Degraded when a good answer took longer than this.
    """

    target: Url
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    valid_status_codes: tuple[int, ...] = ()
    valid_http_versions: tuple[str, ...] = ()
    follow_redirects: bool = True
    fail_if_ssl: bool = False
    fail_if_not_ssl: bool = False
    fail_if_body_matches_regexp: tuple[Pattern, ...] = ()
    fail_if_body_not_matches_regexp: tuple[Pattern, ...] = ()
    fail_if_header_matches: tuple[HeaderMatch, ...] = ()
    fail_if_header_not_matches: tuple[HeaderMatch, ...] = ()
    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True
    body_size_limit: Size = 1024 * 1024
    compression: Compression | None = None
    proxy_url: Url | None = None
    degraded_over: Duration | None = None

    def __post_init__(self) -> None:
        if self.basic_auth and self.authorization:
            raise ValueError("write basic_auth or authorization, not both")
        if self.fail_if_ssl and self.fail_if_not_ssl:
            raise ValueError("fail_if_ssl and fail_if_not_ssl together refuse every answer")

    async def observe(self, vantage: Vantage) -> Observation:
        """Send the request once."""
        credentials = self.basic_auth or self.authorization
        began = perf_counter()
        answer = await vantage.http.request(
            self.method,
            self.target,
            headers=with_authorization(self._headers, credentials, vantage),
            body=self._body,
            options=self._options,
        )
        took = perf_counter() - began
        fault = judge(answer, self._expected)
        readings = readings_of(answer, failed_due_to_regex=fault is not None and fault.by_pattern)
        if fault is not None:
            return down(fault.reason, fault.detail, *readings)
        if self.degraded_over is not None and took > (limit := self.degraded_over.total_seconds()):
            return degraded(Reason.SLOW, f"answered in {took:.3f} s, limit {limit:g} s", *readings)
        return up(*readings, detail=f"answered {answer.status}")

    @cached_property
    def _headers(self) -> Mapping[str, str] | None:
        if self.compression is None:
            return self.headers or None
        return {"Accept-Encoding": self.compression, **self.headers}

    @cached_property
    def _body(self) -> bytes | None:
        return self.body.encode() if self.body else None

    @cached_property
    def _options(self) -> HttpOptions:
        return _shared_options(
            tls_config=self.tls_config,
            follow_redirects=self.follow_redirects,
            max_body=self.body_size_limit,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
            decompress=self.compression in {"gzip", "deflate"},
            proxy=self.proxy_url,
        )

    @cached_property
    def _expected(self) -> Expectation:
        tls = False if self.fail_if_ssl else True if self.fail_if_not_ssl else None
        return _shared_expectation(
            status_codes=self.valid_status_codes,
            http_versions=self.valid_http_versions,
            tls=tls,
            body_without=self.fail_if_body_matches_regexp,
            body_with=self.fail_if_body_not_matches_regexp,
            headers_without=self.fail_if_header_matches,
            headers_with=self.fail_if_header_not_matches,
        )


_shared_options = lru_cache(maxsize=1024)(HttpOptions)
_shared_expectation = lru_cache(maxsize=1024)(Expectation)
