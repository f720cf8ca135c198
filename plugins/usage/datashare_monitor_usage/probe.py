"""The probe: one run counts what has happened since the run before."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from datashare_monitor_usage.collecting import Collecting, Complaint
from datashare_monitor_usage.days import Days
from datashare_monitor_usage.elasticsearch import Elasticsearch
from datashare_monitor_usage.measures import (
    COUNTED_SINCE,
    COUNTED_UNTIL,
    ILLEGIBLE,
    LAST_CALL,
    UNASSIGNED,
    UNCALLED_SINCE,
    Refusal,
)
from datashare_monitor_usage.names import Directory
from datashare_monitor_usage.prometheus import Prometheus
from datashare_monitor_usage.rows import Fields, Table
from datashare_monitor_usage.state import State
from datashare_monitor_usage.tally import Tally
from datashare_monitor_usage.xroad import XRoad
from monitor.plugin import Duration, ExternalIds, Observation, Reading, Reason, Source, Vantage, degraded, down, up

KINDS = "elasticsearch, xroad, prometheus or source"
ZONE = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Counts transactions by consumer, service and outcome, from where they are logged.

    Nothing is counted twice, and nothing is lost over a restart: how far it has come is kept together with what it has
    counted. It needs a history (``history:`` in monitor.yaml).

    Attributes:
        external_ids: The key under which connections have, in ``external_ids``, the name that this source logs.
        elasticsearch: Aggregates of an index of Elasticsearch or OpenSearch.
        xroad: Operational data of a security server.
        prometheus: Counters in a Prometheus.
        source: Rows of any kind of source; needs ``fields``.
        fields: Which cells of a row are what.
        lookback: How far back the first run begins; not for ``prometheus``, whose counters begin with the first run.
        time_zone: Of the days by which is counted.
    """

    external_ids: ExternalIds
    elasticsearch: Elasticsearch | None = None
    xroad: XRoad | None = None
    prometheus: Prometheus | None = None
    source: Source | None = None
    fields: Fields | None = None
    lookback: Duration = timedelta(hours=1)
    time_zone: str = ZONE

    def __post_init__(self) -> None:
        given = [one for one in (self.elasticsearch, self.xroad, self.prometheus, self.source) if one is not None]
        if len(given) != 1:
            raise ValueError(f"write exactly one of {KINDS}")
        if (self.source is None) != (self.fields is None):
            raise ValueError("source and fields go together: fields says which cells of its rows are what")
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"time_zone: there is none of that name; write one like {ZONE}") from None

    async def observe(self, vantage: Vantage) -> Observation:
        """Count what is new, and remember how far that was."""
        now = int(vantage.now().timestamp())
        kind, collector = self._collector()
        state = State.read(vantage.memory.read(), kind, now - int(self.lookback.total_seconds()))
        directory = Directory(vantage.exchanges(self.external_ids))
        tally = Tally(directory)
        run = Collecting(
            vantage=vantage,
            state=state,
            tally=tally,
            days=Days(ZoneInfo(self.time_zone)),
            now=now,
            began=time.monotonic(),
        )
        complaint = await collector.collect(run)
        state.learn(tally.newest())
        vantage.memory.write(state.written())
        readings = (*tally.readings(), *_facts(state, tally, directory))
        return _verdict(run, complaint, readings, self.external_ids)

    def _collector(self) -> "tuple[str, Elasticsearch | XRoad | Prometheus | Table]":
        if self.elasticsearch is not None:
            return "elasticsearch", self.elasticsearch
        if self.xroad is not None:
            return "xroad", self.xroad
        if self.prometheus is not None:
            return "prometheus", self.prometheus
        assert self.source is not None  # noqa: S101 - __post_init__ has seen to it
        assert self.fields is not None  # noqa: S101
        return "rows", Table(self.source, self.fields)


def _facts(state: State, tally: Tally, directory: Directory) -> Iterator[Reading]:
    yield UNASSIGNED(tally.unassigned[1])
    yield COUNTED_SINCE(state.since)
    yield COUNTED_UNTIL(state.until)
    for connection in {exchange.connection for exchange in directory.all()}:
        at = state.last_call(connection)
        if at is None:
            yield UNCALLED_SINCE(state.since, connection=connection)
        else:
            yield LAST_CALL(at, connection=connection)


def _verdict(
    run: Collecting, complaint: Complaint | None, readings: tuple[Reading, ...], system: ExternalIds
) -> Observation:
    tally = run.tally
    until = datetime.fromtimestamp(run.state.until, UTC).isoformat(timespec="seconds")
    parts = [f"counted {tally.counted} transactions, up to {until}"]
    calls, names = tally.unassigned
    if calls:
        parts.append(f"{calls} of them under {names} names that no connection has as {system} in external_ids")
    passed = {reason: count for reason, count in tally.refused.items() if reason not in ILLEGIBLE}
    if passed:
        parts.append(f"not counted: {_listed(passed)}")
    if complaint is not None:
        parts.insert(0, complaint.detail)
    if tally.passed:
        parts.append(f"passed over, as told before: {_listed(tally.passed)}")
    illegible = tally.illegible
    if (illegible or tally.passed) and not tally.legible:
        every = tally.refused + tally.told + tally.passed
        why = _listed({reason: every[reason] for reason in ILLEGIBLE})
        text = f"none of {sum(every[reason] for reason in ILLEGIBLE)} records can be counted: {why}"
        return down(Reason.CONTENT, "; ".join((text, *parts)), *readings)
    if illegible:
        why = _listed({reason: tally.refused[reason] + tally.told[reason] for reason in ILLEGIBLE})
        parts.insert(0, f"{illegible} of {illegible + tally.legible} records cannot be counted: {why}")
        complaint = complaint or Complaint(Reason.CONTENT, "")
    if complaint is None:
        return up(*readings, detail="; ".join(parts))
    return degraded(complaint.reason, "; ".join(parts), *readings)


def _listed(refused: Mapping[Refusal, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(refused.items()) if count)
