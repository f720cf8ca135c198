"""The probe of kind ``http``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import Literal

from datashare_monitor_http.cel import Condition, conditions_of, unmet
from datashare_monitor_http.fields import Version
from datashare_monitor_http.making import expectation, making
from datashare_monitor_http.options import check
from datashare_monitor_http.question import ask
from datashare_monitor_http.readings import FAILED_DUE_TO_CEL, readings_of
from datashare_monitor_http.verdict import Expectation, HeaderMatch, judge
from monitor.plugin import (
    Duration,
    HttpOptions,
    IpProtocol,
    Measure,
    Observation,
    Pattern,
    ProxyUrl,
    Secret,
    SecretFile,
    Size,
    TlsConfig,
    Url,
    Vantage,
    up,
)
from monitor.plugin.http.assertions import Assertion
from monitor.plugin.http.body_readings import BodyReading, measure_of
from monitor.plugin.http.credentials import Authorization, BasicAuth, HeaderValues
from monitor.plugin.http.examination import Examination
from monitor.plugin.http.fields import Method
from monitor.plugin.http.oauth2 import OAuth2
from monitor.plugin.http.statuses import StatusCodes
from monitor.plugin.http.wallet import Wallet

Compression = Literal["gzip", "deflate", "br", "identity"]


@dataclass(frozen=True, kw_only=True)
class HttpProbe:
    """Sends one HTTP request and judges the answer. Options are named as in blackbox_exporter's http prober.

    Attributes:
        target: The URL asked for.
        http_headers: Headers with several values, or secret ones: ``{X-Key: {secrets: [{file: …}]}}``.
        body_file: A file whose content is sent, read for each request.
        valid_status_codes: Accepted: 204, "2xx", "200-299"; 200 to 299 when empty.
        valid_http_versions: Such as ``HTTP/1.1``; any when empty.
        follow_redirects: At most ten are followed; with false the redirect itself is the answer. Down when one leads
            to where the monitor may not connect (``egress``).
        no_follow_redirects: An old name; write ``follow_redirects: false``.
        fail_if_header_matches: Down when a value of the header matches.
        assertions: Comparisons with values in the body, the headers or the status; each is down or degraded.
        readings: Numbers of the answer to be exposed, by name: ``{queue: data.pending}`` makes ``probe_queue``.
            A name that ends in ``_total`` counts. Text is JMESPath; ``{xml: …}`` and ``{header: …}`` do as well.
        bearer_token: As ``authorization: {credentials: …}``.
        oauth2: Fetches an access token first, in the phase ``token``. A 401 makes it fetch another, once.
        body_size_limit: The longest body read, after decompression; a longer one is down.
        compression: What to ask for and undo; nothing when not set.
        proxy_url: An http, https or socks5 URL; without it, the ``egress.proxy`` of the monitor. One over TLS is
            trusted as ``tls_config`` says of the target, its name and the client certificate apart.
        proxy_basic_auth: User name and password for the proxy.
        no_proxy: What is reached without the proxy: hosts with their subdomains, addresses, networks; by commas.
        proxy_from_environment: Let ``HTTP_PROXY``, ``HTTPS_PROXY`` and ``NO_PROXY`` of the daemon decide, or the same
            in small letters; this machine itself is then always reached without a proxy.
        proxy_connect_header: Headers for the proxy, sent with CONNECT: ``{Proxy-Authorization: [{file: …}]}``.
        enable_http2: Whether to offer HTTP/2 over TLS. When not set: if ``valid_http_versions`` has HTTP/2.0.
        degraded_over: Degraded when a good answer took longer than this, the token not counted.
        down_over: Down when it took longer than this.
        fail_if_body_json_matches_cel: Down when this condition in CEL on ``body`` holds, or the body is no JSON. Its
            numbers are doubles. It costs a process each time; ``assertions`` cost a thousandth of it.
        fail_if_body_json_not_matches_cel: Down when this one does not hold.
        skip_resolve_phase_with_proxy: Always so.
        method: GET, HEAD, POST or any other.
        headers, body: Sent with the request; what is secret goes in ``http_headers`` and ``body_file``.
        fail_if_ssl: Down when the answer came over TLS.
        fail_if_not_ssl: Down when it did not.
        fail_if_body_matches_regexp: Down when one of these patterns is found in the body.
        fail_if_body_not_matches_regexp: Down when one of these is not.
        fail_if_header_not_matches: Down when no value of the header matches.
        bearer_token_file: As ``authorization: {credentials_file: …}``.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    target: Url
    method: Method = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    http_headers: Mapping[str, HeaderValues] = field(default_factory=dict)
    body: str = ""
    body_file: str = ""
    valid_status_codes: tuple[StatusCodes, ...] = ()
    valid_http_versions: tuple[Version, ...] = ()
    follow_redirects: bool = True
    no_follow_redirects: bool | None = None
    fail_if_ssl: bool = False
    fail_if_not_ssl: bool = False
    fail_if_body_matches_regexp: tuple[Pattern, ...] = ()
    fail_if_body_not_matches_regexp: tuple[Pattern, ...] = ()
    fail_if_header_matches: tuple[HeaderMatch, ...] = ()
    fail_if_header_not_matches: tuple[HeaderMatch, ...] = ()
    fail_if_body_json_matches_cel: str | None = None
    fail_if_body_json_not_matches_cel: str | None = None
    assertions: tuple[Assertion, ...] = ()
    readings: Mapping[str, str | BodyReading] = field(default_factory=dict)
    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    bearer_token: Secret | None = None
    bearer_token_file: SecretFile | None = None
    oauth2: OAuth2 | None = None
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True
    body_size_limit: Size = 1024 * 1024
    compression: Compression | None = None
    proxy_url: ProxyUrl | None = None
    proxy_basic_auth: BasicAuth | None = None
    no_proxy: str = ""
    proxy_connect_header: Mapping[str, tuple[str | Secret, ...]] = field(default_factory=dict)
    proxy_from_environment: bool = False
    skip_resolve_phase_with_proxy: bool = True
    enable_http2: bool | None = None
    degraded_over: Duration | None = None
    down_over: Duration | None = None

    def __post_init__(self) -> None:
        check(self)

    def measures(self) -> tuple[Measure, ...]:
        """Return what ``readings`` may report."""
        return tuple([measure_of(name) for name in self.readings])

    async def observe(self, vantage: Vantage) -> Observation:
        """Send the request once."""
        if self._is_plain:
            began = perf_counter()
            answer = await vantage.http.request(
                self.method, self.target, headers=self.headers_sent, body=self.body_sent, options=self.request_options
            )
            took = perf_counter() - began
            wallet = None
        else:
            wallet = Wallet(vantage)
            answer, took = await ask(self, vantage, wallet)
        fault = judge(answer, self._expected, vantage.judged)
        readings = readings_of(answer, failed_due_to_regex=fault is not None and fault.by_pattern)
        if self._conditions:
            is_good = fault is None
            fault = fault or await unmet(self._conditions, answer, vantage)
            readings = (*readings, FAILED_DUE_TO_CEL(int(is_good and fault is not None)))
        if fault is None and self._has_rules:
            mask = wallet.masked if wallet is not None else str
            fault, more = await self._examination.find(answer, took, mask, vantage.judged)
            readings = (*readings, *more)
        if fault is not None:
            return Observation(fault.status, fault.reason, fault.detail, readings, fault.fault)
        return up(*readings, detail=f"answered {answer.status}")

    @cached_property
    def _is_plain(self) -> bool:
        own = (self.basic_auth, self.authorization, self.bearer_token, self.bearer_token_file, self.oauth2)
        return not any((*own, self.http_headers, self.body_file, self.proxy_connect_header, self.proxy_basic_auth))

    @cached_property
    def _has_rules(self) -> bool:
        return bool(self.assertions or self.readings or self.degraded_over or self.down_over)

    @cached_property
    def headers_sent(self) -> Mapping[str, str] | None:
        """The headers that are no secrets."""
        if self.compression is None or any(name.lower() == "accept-encoding" for name in self.headers):
            return self.headers or None
        return {"Accept-Encoding": self.compression, **self.headers}

    @cached_property
    def body_sent(self) -> bytes | None:
        """The body that stands in the configuration."""
        return self.body.encode() if self.body else None

    @cached_property
    def request_options(self) -> HttpOptions:
        """How the request is made, but for what is secret."""
        return making(self)

    @cached_property
    def _expected(self) -> Expectation:
        return expectation(self)

    @cached_property
    def _conditions(self) -> tuple[Condition, ...]:
        return conditions_of(self)

    @cached_property
    def _examination(self) -> Examination:
        return Examination(self.assertions, self.readings, self.degraded_over, self.down_over)
