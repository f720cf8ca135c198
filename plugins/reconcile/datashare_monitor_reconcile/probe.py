"""The probe of kind ``reconcile``."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from datashare_monitor_reconcile.comparison import Comparison, compared
from datashare_monitor_reconcile.holdings import Columns, held
from monitor.plugin import Duration, Observation, Reason, Source, Status, Vantage, written_duration
from monitor.plugin.expectations import Finding, Tell, verdict


@dataclass(frozen=True, kw_only=True)
class Reconcile:
    """Compares what the provider of an exchange holds with what the consumer has of it.

    Each source gives a row a window, such as a day, with a count, and, where they are known, the time of the newest
    record and a checksum. What the windows are called is never shown.

    Attributes:
        provider: The source at the end that data comes from.
        consumer: The source at the end that it goes to.
        columns: How their columns are called, alike at both.
        max_lag, degraded_lag: How much older the consumer's newest record may be.
        min_completeness, degraded_completeness: The share of the provider's records that must be there, 0 to 1.
        min_match, degraded_match: The share of windows that must be alike, 0 to 1.
        max_orphans, degraded_orphans: How many records more one end may hold than the other.
    """

    provider: Source
    consumer: Source
    columns: Columns = Columns()  # noqa: RUF009 - frozen
    max_lag: Duration | None = None
    degraded_lag: Duration | None = None
    min_completeness: float | None = None
    degraded_completeness: float | None = None
    min_match: float | None = None
    degraded_match: float | None = None
    max_orphans: int | None = None
    degraded_orphans: int | None = None

    def __post_init__(self) -> None:
        for name in ("min_completeness", "degraded_completeness", "min_match", "degraded_match"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= 1:
                raise ValueError(f"{name} is {value:g}; write a share above 0, and 1 at most")
        for name in ("max_orphans", "degraded_orphans"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"{name} is {value}; write 0 or more")
        if self.columns.newest is None and (self.max_lag or self.degraded_lag):
            raise ValueError("a lag is known by the newest records; name their column with columns: {newest: …}")

    async def observe(self, vantage: Vantage) -> Observation:
        """Read both ends at the same time, and compare them."""
        async with asyncio.TaskGroup() as both:
            provider = both.create_task(held("provider", self.provider, self.columns, vantage, may_be_empty=False))
            may_be_empty = self.columns.window is not None
            consumer = both.create_task(
                held("consumer", self.consumer, self.columns, vantage, may_be_empty=may_be_empty)
            )
        seen = compared(provider.result(), consumer.result())
        return verdict([*self._findings(seen, vantage.judged)], seen.readings(), seen.detail)

    def _findings(self, seen: Comparison, tell: Tell) -> Iterator[Finding]:
        for limit, status in ((self.max_lag, Status.DOWN), (self.degraded_lag, Status.DEGRADED)):
            if limit is not None:
                yield from _late(seen.lag, limit, status, tell)
        for limits, share, name in (
            ((self.min_completeness, self.degraded_completeness), seen.completeness, "completeness"),
            ((self.min_match, self.degraded_match), seen.match, "share of windows alike"),
        ):
            for least, status in zip(limits, (Status.DOWN, Status.DEGRADED), strict=True):
                if least is not None and share is not None:
                    tell(f"{name} at least {least:g}", f"{share:.6g}", holds=share >= least)
                    if share < least:
                        yield _mismatch(_short(name, share, least, is_disjoint=seen.is_disjoint), status)
        for most, status in ((self.max_orphans, Status.DOWN), (self.degraded_orphans, Status.DEGRADED)):
            if most is not None:
                yield from _orphaned(seen, most, status, tell)


def _late(lag: timedelta | None, limit: timedelta, status: Status, tell: Tell) -> Iterator[Finding]:
    words = f"lag at most {written_duration(limit)}"
    if lag is None:
        tell(words, "not known", holds=False)
        yield _mismatch("the lag is not known: an end has no newest record", status)
        return
    tell(words, lag, holds=lag <= limit)
    if lag > limit:
        detail = f"the consumer lags {written_duration(lag)} behind, limit {written_duration(limit)}"
        yield Finding(reason=Reason.STALE, detail=detail, status=status)


def _short(name: str, share: float, least: float, *, is_disjoint: bool) -> str:
    """Say that a share is below its limit, with as many digits as it takes to see that."""
    shown = f"{share:.4g}" if float(f"{share:.4g}") < least else f"{share:.15g}"
    return f"{name} is {shown}, limit {least:g}{': no window is at both ends' if is_disjoint else ''}"


def _orphaned(seen: Comparison, most: int, status: Status, tell: Tell) -> Iterator[Finding]:
    for side, count in (("provider", seen.only_provider), ("consumer", seen.only_consumer)):
        tell(f"at most {most} records at the {side} alone", count, holds=count <= most)
        if count > most:
            yield _mismatch(f"{count} records are at the {side} alone, limit {most}", status)


def _mismatch(detail: str, status: Status) -> Finding:
    return Finding(reason=Reason.MISMATCH, detail=detail, status=status)
