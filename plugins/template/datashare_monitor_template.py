"""Probe kind ``template``: how many records wait to be sent. Copy this folder to write your own."""

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.plugin import Measure, Observation, ProbeKind, Reason, Url, Vantage, degraded, down, hookimpl, up

MONITOR_CONTRACT = 1

BACKLOG = Measure("exchange_backlog_records", "Records that wait to be sent.")


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Down when more than ``limit`` records wait to be sent, degraded when more than ``warn`` do.

    Attributes:
        url: Answers with a JSON object such as ``{"waiting": 12}``.
        limit: Down above it.
        warn: Degraded above it.
    """

    url: Url
    limit: int = 1000
    warn: int = 100

    def __post_init__(self) -> None:
        if self.warn > self.limit:
            raise ValueError(f"warn {self.warn} is above limit {self.limit}")

    async def observe(self, vantage: Vantage) -> Observation:
        """Read the number once."""
        body = await vantage.http.json(self.url)
        waiting = body.get("waiting") if isinstance(body, dict) else None
        if type(waiting) is not int or waiting < 0:
            return down(Reason.CONTENT, f"no number of waiting records: {waiting!r:.100}")
        seen = BACKLOG(waiting)
        if waiting > self.limit:
            return down(Reason.BACKLOG, f"{waiting} records wait, limit {self.limit}", seen)
        if waiting > self.warn:
            return degraded(Reason.BACKLOG, f"{waiting} records wait, usual are at most {self.warn}", seen)
        return up(seen)


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("template", Backlog, measures=[BACKLOG])
