"""The probe of kind ``xroad``: a call through X-Road."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from datashare_monitor_xroad.identifiers import client_id, server_id, service_id
from datashare_monitor_xroad.readings import OF_CALL
from datashare_monitor_xroad.road import REFUSALS, Replied, Road
from monitor.plugin import (
    Duration,
    FaultDomain,
    HttpOptions,
    Measure,
    Observation,
    Reason,
    Size,
    TlsConfig,
    Url,
    Vantage,
    down,
    up,
)
from monitor.plugin.http import (
    REASONS,
    Assertion,
    BodyReading,
    Examination,
    all_codes,
    check_method,
    check_names,
    check_readings,
    check_values,
    measure_of,
    written,
)
from monitor.plugin.http.soap import elements_of

MOST_EXAMINED = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class XRoadProbe:
    """Calls a service through X-Road, by REST or SOAP; an error tells on which side it broke.

    No user is named in the message: a check is nobody's query.

    Attributes:
        target: The security server that we are a client of, as an URL without a path.
        client: Who we are: ``INSTANCE/CLASS/MEMBER/SUBSYSTEM``.
        service: What is called: ``INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE``.
        protocol: How: ``rest`` or ``soap``.
        service_version: Of the service, for SOAP.
        security_server: Which of the provider's servers has to answer: ``INSTANCE/CLASS/MEMBER/SERVER``.
        method: GET unless written; for REST.
        path: Behind the service in the URL, with its query; for REST.
        headers: Sent along, to the service as well.
        body: What the service gets: anything by REST, XML by SOAP.
        valid_status_codes: Accepted by REST: 204, "2xx", "200-299"; 200 to 299 when empty.
        assertions: Comparisons with values of the answer; each is down or degraded.
        readings: Numbers of the answer to be exposed, by name, as in the kind ``http``.
        body_size_limit: The longest answer read; a longer one is down.
        degraded_over: Degraded when a good answer took longer than this.
        down_over: Down when it took longer than this.
    """

    target: Url
    client: str
    service: str
    protocol: Literal["rest", "soap"] = "rest"
    service_version: str = ""
    security_server: str = ""
    method: str = "GET"
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    valid_status_codes: tuple[int | str, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    readings: Mapping[str, str | BodyReading] = field(default_factory=dict)
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    body_size_limit: Size = 1024 * 1024
    degraded_over: Duration | None = None
    down_over: Duration | None = None

    def __post_init__(self) -> None:
        client_id("client", self.client)
        service_id("service", self.service)
        if self.security_server:
            server_id("security_server", self.security_server)
        check_method(self.method)
        check_names("headers", self.headers)
        check_values("headers", self.headers.items())
        if own := [name for name in self.headers if name.lower().startswith("x-road-")]:
            raise ValueError(f"headers: {own[0]} is written by the monitor; leave it out")
        all_codes(self.valid_status_codes)
        check_readings(self.readings, OF_CALL)
        if self.body_size_limit > MOST_EXAMINED:
            raise ValueError("body_size_limit can be 4MiB at most")
        if self.degraded_over and self.down_over and self.degraded_over >= self.down_over:
            raise ValueError("degraded_over must be less than down_over")
        self._check_protocol()

    def measures(self) -> tuple[Measure, ...]:
        """Return what ``readings`` may report."""
        return tuple([measure_of(name) for name in self.readings])

    async def observe(self, vantage: Vantage) -> Observation:
        """Make the call once."""
        road = Road(
            url=self.target.rstrip("/"),
            client=client_id("client", self.client),
            options=HttpOptions(tls_config=self.tls_config, follow_redirects=False, max_body=self.body_size_limit),
            vantage=vantage,
            server=server_id("security_server", self.security_server) if self.security_server else None,
            is_measured=True,
            headers=self.headers,
        )
        service = service_id("service", self.service)
        if self.protocol == "soap":
            replied = await road.soap(service, self.service_version, elements_of(self.body))
        else:
            replied = await road.rest(service, self.path, self.method, self.body.encode() or None)
        return await self._verdict(replied, vantage)

    async def _verdict(self, replied: Replied, vantage: Vantage) -> Observation:
        status = replied.answer.status
        if status not in (all_codes(self.valid_status_codes) or range(200, 300)):
            reason = REASONS.get(status, Reason.REDIRECT if 300 <= status < 400 else Reason.STATUS)
            fault = REFUSALS.get(reason, FaultDomain.PROVIDER if status >= 500 else None)
            words = f"the service answered {status}, expected {written(self.valid_status_codes)}"
            return down(reason, words, fault=fault)
        root = replied.envelope.root if replied.envelope else None
        wrong, more = await self._examination.find(replied.answer, replied.took, str, vantage.judged, root)
        if wrong is not None:
            return Observation(wrong.status, wrong.reason, wrong.detail, more)
        return up(*more, detail=f"answered {status}")

    def _check_protocol(self) -> None:
        if self.protocol == "rest":
            if self.service_version:
                raise ValueError("service_version is for protocol: soap; leave it out")
            if self.path and (not self.path.startswith(("/", "?")) or not self.path.isascii() or " " in self.path):
                raise ValueError("path begins with / or ?, percent-encoded as in a URL")
            return
        if self.path or self.method != "GET" or self.valid_status_codes:
            raise ValueError("method, path and valid_status_codes are for protocol: rest; leave them out")
        try:
            written_elements = elements_of(self.body)
        except ValueError as error:
            raise ValueError(f"body is not XML that can stand in an envelope: {error}") from None
        if not written_elements:
            raise ValueError("body is empty; write the element that the service gets")

    @cached_property
    def _examination(self) -> Examination:
        return Examination(self.assertions, self.readings, self.degraded_over, self.down_over)
