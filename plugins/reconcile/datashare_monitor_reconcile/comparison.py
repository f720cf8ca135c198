"""Two ends compared: pure."""

from dataclasses import dataclass
from datetime import timedelta

from datashare_monitor_reconcile.holdings import Holdings, Window
from datashare_monitor_reconcile.readings import COMPLETENESS, EXPECTED, LAG, MATCH, ORPHANS, RECEIVED
from monitor.plugin import Reading

EMPTY = Window(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How the two ends stand to each other.

    Attributes:
        lag: None when an end has no newest record; nothing when the consumer's is the newer one.
        completeness: None when the provider holds nothing.
        match: Of the windows that either end has.
        only_provider, only_consumer: Records that one end holds more of, window by window.
        is_disjoint: Both hold records, and none of their windows has the same name.
    """

    expected: int
    received: int
    lag: timedelta | None
    completeness: float | None
    match: float
    only_provider: int
    only_consumer: int
    is_disjoint: bool

    @property
    def detail(self) -> str:
        """The counts, in words."""
        return f"{self.received} of {self.expected} records"

    def readings(self) -> list[Reading]:
        """Return what was measured; what is not known is left out."""
        taken = [
            EXPECTED(self.expected),
            RECEIVED(self.received),
            MATCH(self.match),
            ORPHANS(self.only_provider, side="provider"),
            ORPHANS(self.only_consumer, side="consumer"),
        ]
        if self.lag is not None:
            taken.append(LAG(self.lag.total_seconds()))
        if self.completeness is not None:
            taken.append(COMPLETENESS(self.completeness))
        return taken


def compared(provider: Holdings, consumer: Holdings) -> Comparison:
    """Compare two ends, window by window: as many records of another window do not make up for missing ones."""
    keys = provider.windows.keys() | consumer.windows.keys()
    pairs = [(provider.windows.get(key, EMPTY), consumer.windows.get(key, EMPTY)) for key in keys]
    counts = [(left.count, right.count) for left, right in pairs]
    both = provider.newest is not None and consumer.newest is not None
    lag = max(provider.newest - consumer.newest, timedelta(0)) if both else None  # type: ignore[operator]
    expected = provider.count
    return Comparison(
        expected=expected,
        received=consumer.count,
        lag=lag,
        completeness=sum(min(pair) for pair in counts) / expected if expected else None,
        match=sum(_is_alike(left, right) for left, right in pairs) / len(pairs),
        only_provider=sum(max(left - right, 0) for left, right in counts),
        only_consumer=sum(max(right - left, 0) for left, right in counts),
        is_disjoint=bool(expected and consumer.count) and not provider.windows.keys() & consumer.windows.keys(),
    )


def _is_alike(left: Window, right: Window) -> bool:
    """Tell whether two windows are; those without a record are, whatever is said to be their sum."""
    return left == right or left.count == right.count == 0
