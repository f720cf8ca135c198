"""The source ``prometheus``: counters that a gateway exposes and a Prometheus has scraped."""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from datashare_monitor_usage.asking import ANYBODY, Credentials, ask
from datashare_monitor_usage.collecting import Collecting, Complaint
from datashare_monitor_usage.measures import Outcome, Refusal
from datashare_monitor_usage.outcomes import of_cell
from datashare_monitor_usage.tally import Sums
from datashare_monitor_usage.window import digest
from monitor.plugin import Duration, ProbeError, Reason, Size, TlsConfig, Url

VALUE = struct.Struct("!8sd")
KNOWN = b"\0"
"""Before the values, so that there is something when there are none."""
MOST_SERIES = 8000
MOST_DAYS = 32
MOST_TEXT = 256
MOST = 1 << 53
"""From here on a counter is not exact."""

Series = tuple[Mapping[str, str], float]


@dataclass(frozen=True, kw_only=True)
class Prometheus:
    """How much counters have grown since the run before.

    A counter that the Prometheus has seen begin anew counts from nothing, and so does a new one of a process that was
    scraped before. One that is merely lower than before, as that of another replica may be, counts nothing until it has
    caught up. Of a process that is new, and in the first run of all, it is taken down where the counters stand.

    Attributes:
        url: Of the Prometheus.
        query: The selector of a counter of calls, such as ``gateway_requests_total{job="lgsp"}``.
        bytes_query: That of a counter of bytes.
        duration_query: That of a counter of seconds.
        connection: Labels whose values, with blanks between them, are the name of a connection in ``external_ids``.
        status: The label with the HTTP status, or a word that tells how it ended; of calls only.
        outcomes: What words in it mean, beside the usual ones.
        settle: So far back the newest look lies, for what was scraped a moment ago.
        body_size_limit: The longest answer.
        credentials: Who asks.
    """

    url: Url
    query: str
    bytes_query: str = ""
    duration_query: str = ""
    connection: tuple[str, ...]
    status: str = "code"
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    settle: Duration = timedelta(seconds=30)
    body_size_limit: Size = 8 * 1024 * 1024
    credentials: Credentials = ANYBODY
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        if not self.connection or not all(self.connection):
            raise ValueError("connection: name at least one label")

    async def collect(self, run: Collecting) -> Complaint | None:
        """Count what was added, day by day."""
        state, settled = run.state, run.now - int(self.settle.total_seconds())
        known = _values(state.rest)
        lower = 0
        if known is None:
            known = {}
            for query in self._queries:
                for labels, value in await self._ask(run, query, settled):
                    known[_key(query, labels)] = value
                    known[_target(labels)] = 0.0
            state.since = state.until = settled
        for moment in _moments(run, settled):
            for query in self._queries:
                lower += await self._count(run, query, moment, known)
            state.until = moment
            if not run.may_go_on:
                break
        if len(known) > MOST_SERIES:
            raise ProbeError(Reason.TOO_LARGE, f"more than {MOST_SERIES} series; narrow the query")
        state.rest = KNOWN + b"".join(VALUE.pack(key, value) for key, value in known.items())
        if lower:
            return Complaint(Reason.MISMATCH, f"{lower} counters are lower than before and did not begin anew")
        return None

    @property
    def _queries(self) -> list[str]:
        return [query for query in (self.query, self.bytes_query, self.duration_query) if query]

    async def _count(self, run: Collecting, query: str, moment: int, known: dict[bytes, float]) -> int:
        """Count what one query says was added; return how many of its counters are lower without a reason."""
        found = await self._ask(run, query, moment)
        lower = {key for labels, value in found if value < known.get(key := _key(query, labels), 0.0)}
        if lower:
            resets = await self._ask(run, f"resets({query}[{moment - run.state.until}s])", moment)
            for labels, count in resets:
                if count > 0 and (key := _key(query, labels)) in lower:
                    lower.remove(key)
                    known[key] = 0.0
        targets = {_target(labels) for labels, _ in found}
        fresh = targets - known.keys()
        for labels, value in found:
            key = _key(query, labels)
            if key not in lower:
                before = known.get(key, value if _target(labels) in fresh else 0.0)
                self._add(run, query, labels, value - before, moment)
                known[key] = value
        known |= dict.fromkeys(fresh, 0.0)
        return len(lower)

    def _add(self, run: Collecting, query: str, labels: Mapping[str, str], added: float, moment: int) -> None:
        if not added:
            return
        day = run.days.of(moment - 1)
        if query == self.query:
            outcome = of_cell(labels.get(self.status, ""), {word.lower(): one for word, one in self.outcomes.items()})
            if outcome is None:
                run.tally.refused[Refusal.MALFORMED] += round(added)
                return
            run.tally.legible += round(added)
            self._sums(run, labels).add(outcome, day, moment, count=round(added))
        elif query == self.bytes_query:
            self._sums(run, labels).sizes[day] += round(added)
        else:
            seconds = self._sums(run, labels).seconds
            seconds[day] = seconds.get(day, 0.0) + added

    def _sums(self, run: Collecting, labels: Mapping[str, str]) -> Sums:
        names = [labels.get(name, "")[:MOST_TEXT] for name in self.connection]
        return run.tally.sums(names[0], (names[1],)) if len(names) == 2 else run.tally.sums(" ".join(names))

    async def _ask(self, run: Collecting, query: str, moment: int) -> list[Series]:
        asked = urlencode({"query": query, "time": moment})
        url = f"{self.url.rstrip('/')}/api/v1/query?{asked}"
        answer = await ask(run.vantage, url, self.credentials, self.tls_config, self.body_size_limit)
        try:
            if answer["status"] != "success" or answer["data"]["resultType"] != "vector":
                raise ProbeError(Reason.CONTENT, "the query gives no vector; write a selector")
            return [_series(one) for one in answer["data"]["result"]]
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ProbeError(Reason.CONTENT, "the answer is not that of a query") from error


def _moments(run: Collecting, last: int) -> Iterator[int]:
    """Yield the ends of the local days since the run before, and the moment of this one."""
    zone, at = run.days.zone, run.state.until
    for _ in range(MOST_DAYS):
        if at >= last:
            return
        tomorrow = datetime.fromtimestamp(at, zone).date() + timedelta(days=1)
        midnight = int(datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone).timestamp())
        at = min(midnight, last)
        yield at


def _series(one: Any) -> Series:
    labels = {str(name): str(value) for name, value in one["metric"].items()}
    labels.pop("__name__", None)
    value = float(one["value"][1])
    if not 0 <= value < MOST:
        raise ValueError("no counter")
    return labels, value


def _key(query: str, labels: Mapping[str, str]) -> bytes:
    return digest("\0".join((query, *(f"{name}\1{labels[name]}" for name in sorted(labels)))))


def _target(labels: Mapping[str, str]) -> bytes:
    """Return what stands for the process that exposes a series."""
    return digest("\0".join(("", labels.get("job", ""), labels.get("instance", ""))))


def _values(rest: bytes) -> dict[bytes, float] | None:
    """Return where the counters stood; None when no run has looked yet."""
    if not rest:
        return None
    try:
        return dict(VALUE.iter_unpack(rest.removeprefix(KNOWN)))
    except struct.error as error:
        raise ProbeError(Reason.PLUGIN, "it cannot be read where the counters stood") from error
