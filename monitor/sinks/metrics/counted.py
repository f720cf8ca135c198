"""The calls that each check counts, by consumer and outcome: some hundred lines where pairs are thousands."""

from collections.abc import Iterator, Mapping

from monitor.inventory import CheckId
from monitor.sinks.metrics import families
from monitor.sinks.metrics.column import Part, Style
from monitor.sinks.metrics.line import Sample, labelled
from monitor.sinks.metrics.row import identity
from monitor.sinks.metrics.store import Store

NAME = families.CHECK_CALLS.name
CALLED = ("consumer", "outcome")

Sums = Mapping[tuple[str, ...], float]
"""Totals by consumer and outcome."""


class Counted:
    """Totals by check, and their lines."""

    def __init__(self) -> None:
        self.store = Store((families.CHECK_CALLS,), {NAME: (Part(NAME, Style.LINES),)})
        self._slots: dict[CheckId, int] = {}
        self._sums: dict[CheckId, Sums] = {}

    def put(self, found: Mapping[CheckId, Sums]) -> Iterator[None]:
        """Replace all totals, a check at a time."""
        for check in [one for one in self._slots if one not in found]:
            self.store.remove(self._slots.pop(check))
            del self._sums[check]
        for check, sums in found.items():
            if check not in self._slots:
                self._slots[check] = self.store.add(check.rpartition("/")[0], "", "")
            if sums != self._sums.get(check):
                self.store.put(NAME, self._slots[check], labelled(NAME, identity(check), CALLED, sums) or None)
                self._sums[check] = sums
                yield

    def samples(self) -> Iterator[Sample]:
        """Yield all samples."""
        for check in sorted(self._slots, key=self._slots.__getitem__):
            for labels, total in self._sums[check].items():
                yield NAME, {**identity(check), **dict(zip(CALLED, labels, strict=True))}, total
