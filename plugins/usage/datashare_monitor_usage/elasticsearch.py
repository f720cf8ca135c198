"""The source ``elasticsearch``: aggregates of an index of Elasticsearch or OpenSearch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import quote

from datashare_monitor_usage.aggregates import Aggregate, Windows, late_query, page_of, query, totals_of
from datashare_monitor_usage.asking import ANYBODY, Credentials, ask
from datashare_monitor_usage.cells import UNITS
from datashare_monitor_usage.collecting import Collecting, Complaint
from datashare_monitor_usage.measures import REFUSED, Outcome, Refusal
from datashare_monitor_usage.outcomes import of_cell
from monitor.plugin import Duration, ProbeError, Reason, Size, TlsConfig, Url

MOST_AGGREGATES = 100_000
"""Of one step."""


@dataclass(frozen=True, kw_only=True)
class Elasticsearch:
    """Composite aggregates of log entries. The names are WSO2's unless said otherwise.

    Attributes:
        url: Of the cluster, such as ``https://search.lgsp.example:9200``.
        index: One or several with commas; ``*`` stands for anything.
        time: The field with the time of a call.
        connection: Fields whose values, with blanks between them, are the name of a connection in ``external_ids``.
        status: The field with the HTTP status, or a word that tells how it ended.
        outcomes: What words in it mean, beside the usual ones.
        bytes: The field with the bytes of a call; none when there is no such field.
        latency: The field with its duration.
        latency_unit: What that is in.
        settle: Entries younger than this are left for later: this is how late an entry may come and still count.
        late_window: So far back it is looked whether entries have come later than that; they are counted as refused.
        step: How much time one aggregate spans at most.
        page_size: Buckets in one answer.
        body_size_limit: The longest answer.
        credentials: Who asks.
    """

    url: Url
    index: str
    time: str = "@timestamp"
    connection: tuple[str, ...] = ("applicationName.keyword",)
    status: str = "proxyResponseCode"
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    bytes: str = ""
    latency: str = "responseLatency"
    latency_unit: Literal["s", "ms", "us"] = "ms"
    settle: Duration = timedelta(minutes=5)
    late_window: Duration = timedelta(hours=6)
    step: Duration = timedelta(hours=1)
    page_size: int = 1000
    body_size_limit: Size = 8 * 1024 * 1024
    credentials: Credentials = ANYBODY
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        if not self.connection or not all(self.connection):
            raise ValueError("connection: name at least one field")
        if not 1 <= self.page_size <= 10_000:
            raise ValueError("page_size: write 1 to 10000")
        if not self.index.strip() or "/" in self.index:
            raise ValueError("index: write the name of an index, such as wso2-apim-*")

    async def collect(self, run: Collecting) -> Complaint | None:
        """Count step by step, up to where entries have settled."""
        state = run.state
        windows = Windows.read(state.rest)
        complaint = await self._look_back(run, windows)
        settled = run.now - int(self.settle.total_seconds())
        step = max(1, int(self.step.total_seconds()))
        while state.until < settled:
            end = min(state.until + step, settled)
            total = await self._count(run, state.until, end)
            windows.add(state.until, end, total)
            state.until = end
            if not run.may_go_on:
                break
        windows.forget(state.until - int(self.late_window.total_seconds()))
        state.rest = windows.written()
        return complaint

    async def _count(self, run: Collecting, start: int, end: int) -> int:
        """Count the entries of a span of time; return how many there were.

        Raises:
            ProbeError: The pages do not belong together; nothing of the run is counted then.
        """
        after: Mapping[str, Any] | None = None
        found: list[Aggregate] = []
        seen: set[tuple[object, ...]] = set()
        while True:
            zone = run.days.zone.key
            answer = await self._ask(run, query(self, start, end, zone, after))
            page, after = page_of(answer, len(self.connection), self.page_size)
            for one in page:
                if one.key in seen:
                    run.vantage.note(REFUSED(one.count, reason=Refusal.REPEATED))
                    raise ProbeError(Reason.PROTOCOL, "a page of aggregates came twice; nothing of this run is counted")
                seen.add(one.key)
            found += page
            if len(found) > MOST_AGGREGATES:
                raise ProbeError(Reason.TOO_LARGE, f"more than {MOST_AGGREGATES} aggregates; write a shorter step")
            if after is None or not page:
                break
        for one in found:
            self._add(run, one)
        return sum(one.count for one in found)

    def _add(self, run: Collecting, one: Aggregate) -> None:
        outcome = of_cell(one.status, self._words)
        if outcome is None:
            run.tally.refused[Refusal.MALFORMED] += one.count
            return
        if run.is_future(one.newest) or run.is_future(one.day):
            run.tally.refused[Refusal.FUTURE] += one.count
            return
        run.tally.legible += one.count
        sums = run.tally.sums(*_named(one.names))
        unit = UNITS[self.latency_unit]
        sums.add(outcome, run.days.of(one.day), one.newest, count=one.count, size=one.size, seconds=one.latency * unit)

    async def _look_back(self, run: Collecting, windows: Windows) -> Complaint | None:
        """Notice what has come too late, or has vanished, since it was counted."""
        if not windows.spans:
            return None
        now = totals_of(await self._ask(run, late_query(self.time, windows.spans)), len(windows.spans))
        late, gone = windows.compare(now)
        run.tally.refused[Refusal.LATE] += late
        if gone:
            return Complaint(Reason.MISMATCH, f"{gone} entries that were counted are not in the index any more")
        return None

    async def _ask(self, run: Collecting, question: object) -> Any:
        url = f"{self.url.rstrip('/')}/{quote(self.index, safe='*,-_.')}/_search"
        return await ask(run.vantage, url, self.credentials, self.tls_config, self.body_size_limit, question)

    @property
    def _words(self) -> Mapping[str, Outcome]:
        return {word.lower(): outcome for word, outcome in self.outcomes.items()}


def _named(names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return consumer and services of two names; of any other number, the name of a connection."""
    return (names[0], (names[1],)) if len(names) == 2 else (" ".join(names), ())
