"""The probe of kind ``edxml``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from datashare_monitor_edxml.documents import Fields, Listed, listed
from datashare_monitor_edxml.readings import LAG, LISTED, STATUS_CODE, WAITING
from monitor.plugin import (
    Answer,
    Duration,
    FaultDomain,
    HttpOptions,
    Observation,
    ProbeError,
    Reading,
    Reason,
    Size,
    TlsConfig,
    Url,
    Vantage,
    degraded,
    down,
    up,
    written_duration,
)
from monitor.plugin.http import (
    REASONS,
    BasicAuth,
    HeaderValues,
    Wallet,
    apart,
    check_method,
    check_names,
    check_values,
    secret_fields,
    sendable,
)
from monitor.plugin.measures import tls_readings

MOST_EXAMINED = 4 * 1024 * 1024
CLOCK_TOLERANCE = timedelta(minutes=5)
REFUSALS = {
    Reason.UNAUTHORIZED: FaultDomain.CONSUMER,
    Reason.FORBIDDEN: FaultDomain.HUB,
    Reason.THROTTLED: FaultDomain.HUB,
}


@dataclass(frozen=True, kw_only=True)
class EdxmlProbe:
    """Asks a document exchange for its list; the age of the oldest unacknowledged document is the delivery lag.

    Attributes:
        target: Where the list is.
        method: GET unless written.
        http_headers: Headers with several values, or secret ones: ``{X-Key: {secrets: [{file: …}]}}``.
        headers, body: Sent with the request; secret headers go in ``http_headers``.
        fields: What the fields of the list are called.
        direction: Whose documents are listed: ``received`` ones wait for us, ``sent`` ones for the other side.
        degraded_lag: Degraded when the oldest document waits for longer.
        max_lag: Down when it waits for longer.
        degraded_waiting: Degraded when more documents wait.
        max_waiting: Down when more documents wait.
        body_size_limit: The longest list read; a longer one is down.
    """

    target: Url
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    http_headers: Mapping[str, HeaderValues] = field(default_factory=dict)
    basic_auth: BasicAuth | None = None
    body: str = ""
    fields: Fields = Fields()  # noqa: RUF009 - frozen
    direction: Literal["received", "sent"] = "received"
    degraded_lag: Duration | None = None
    max_lag: Duration | None = timedelta(hours=24)
    degraded_waiting: int | None = None
    max_waiting: int | None = None
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    body_size_limit: Size = 1024 * 1024

    def __post_init__(self) -> None:
        check_method(self.method)
        check_names("headers", self.headers)
        check_values("headers", self.headers.items())
        check_names("http_headers", self.http_headers)
        check_values("http_headers", ((name, text) for name, one in self.http_headers.items() for text in one.values))
        if twice := {name.lower() for name in self.headers} & {name.lower() for name in self.http_headers}:
            raise ValueError(f"the header {', '.join(sorted(twice))} is in headers and in http_headers; write it once")
        if self.basic_auth and "authorization" in {name.lower() for name in (*self.headers, *self.http_headers)}:
            raise ValueError("write basic_auth or the header Authorization, not both")
        if self.degraded_lag and self.max_lag and self.degraded_lag >= self.max_lag:
            raise ValueError("degraded_lag must be less than max_lag")
        counts = [count for count in (self.degraded_waiting, self.max_waiting) if count is not None]
        if any(count < 0 for count in counts) or counts != sorted(counts):
            raise ValueError("degraded_waiting and max_waiting are not below 0, degraded_waiting the lower one")
        if self.body_size_limit > MOST_EXAMINED:
            raise ValueError("body_size_limit can be 4MiB at most")

    async def observe(self, vantage: Vantage) -> Observation:
        """Ask for the list once."""
        answer = await self._asked(vantage)
        seen: tuple[Reading, ...] = (STATUS_CODE(answer.status),)
        if answer.tls is not None:
            seen = (*seen, *tls_readings(answer.tls))
        if not 200 <= answer.status < 300:
            reason = REASONS.get(answer.status, Reason.REDIRECT if 300 <= answer.status < 400 else Reason.STATUS)
            return down(reason, f"answered {answer.status}, expected 2xx", *seen, fault=REFUSALS.get(reason))
        try:
            found = await apart(answer.body, lambda: listed(answer, self.fields))
        except ProbeError as error:
            fault = FaultDomain.HUB if error.reason is Reason.SERVICE_FAULT else None
            return down(error.reason, error.detail, *seen, fault=fault)
        age = 0.0 if found.oldest is None else vantage.now().timestamp() - found.oldest
        if age < -CLOCK_TOLERANCE.total_seconds():
            return down(Reason.CONTENT, f"the oldest document lies {-age:.0f} s in the future", *seen)
        age = max(age, 0.0)
        return self._verdict(found, age, (*seen, LISTED(found.count), WAITING(found.waiting), LAG(age)))

    def _verdict(self, found: Listed, age: float, seen: tuple[Reading, ...]) -> Observation:
        fault = FaultDomain.CONSUMER if self.direction == "received" else FaultDomain.PROVIDER
        for verdict, lag, most in (
            (down, self.max_lag, self.max_waiting),
            (degraded, self.degraded_lag, self.degraded_waiting),
        ):
            if lag is not None and age > lag.total_seconds():
                words = f"the oldest of {found.waiting} documents waits for {age:.0f} s, limit {written_duration(lag)}"
                return verdict(Reason.BACKLOG, words, *seen, fault=fault)
            if most is not None and found.waiting > most:
                return verdict(Reason.BACKLOG, f"{found.waiting} documents wait, limit {most}", *seen, fault=fault)
        return up(*seen, detail=f"{found.waiting} of {found.count} documents wait")

    async def _asked(self, vantage: Vantage) -> Answer:
        wallet = Wallet(vantage)
        fields = (*self.headers.items(), *secret_fields(self.http_headers, wallet))
        if self.basic_auth is not None:
            fields = (*fields, ("Authorization", self.basic_auth.value(wallet)))
        options = HttpOptions(tls_config=self.tls_config, follow_redirects=False, max_body=self.body_size_limit)
        body = self.body.encode() or None
        return await vantage.http.request(
            self.method, self.target, headers=sendable(fields), body=body, options=options
        )
