"""The newest outcome of every check, and as many older ones as one memory budget holds."""

from monitor.inventory import CheckId
from monitor.judge.renames import former_checks
from monitor.observation import Status
from monitor.outcome import Event, InventoryReplaced, Outcome
from monitor.settings import Newest
from monitor.sinks.shelf import Shelf
from monitor.sinks.slim import Shapes, full, slim


class NewestOutcomes:
    """A sink that keeps outcomes for the API.

    The newest of every check is always there, whole. Older ones are kept without their readings, which Prometheus has,
    and as far as the budget goes; beyond it those that did not see down go first, from the check that has most of them,
    its oldest first, and only then failures likewise.
    """

    def __init__(self, settings: Newest) -> None:
        self._budget = settings.memory_bytes
        self._newest: dict[CheckId, Outcome] = {}
        self._failures = Shelf(settings.failures)
        self._others = Shelf(settings.outcomes)
        self._most = settings.outcomes
        self._shapes = Shapes()

    @property
    def used_bytes(self) -> int:
        """How much of the budget is used."""
        return self._failures.used_bytes + self._others.used_bytes

    def __call__(self, event: Event) -> None:
        """Take one event."""
        if isinstance(event, Outcome):
            before = self._newest.get(event.check)
            self._newest[event.check] = event
            if before is not None:
                self._keep(before)
        elif isinstance(event, InventoryReplaced):
            self._replace(event)

    def of(self, check_id: CheckId) -> Outcome | None:
        """Return the newest outcome of a check, or None when no run has ended yet."""
        return self._newest.get(check_id)

    def recent(self, check_id: CheckId) -> list[Outcome]:
        """Return the newest outcomes that are kept of a check, the oldest first."""
        kept = [full(check_id, one) for shelf in (self._failures, self._others) for one in shelf.of(check_id)]
        return _newest([*kept, *self._last(check_id)], max(1, self._most))

    def failures(self, check_id: CheckId) -> list[Outcome]:
        """Return the newest outcomes that saw down and are kept of a check, the oldest first."""
        kept = [full(check_id, one) for one in self._failures.of(check_id)]
        found = [*kept, *(one for one in self._last(check_id) if one.observation.status is Status.DOWN)]
        return _newest(found, max(1, self._failures.most))

    def _last(self, check_id: CheckId) -> list[Outcome]:
        newest = self._newest.get(check_id)
        return [] if newest is None else [newest]

    def _keep(self, outcome: Outcome) -> None:
        shelf = self._failures if outcome.observation.status is Status.DOWN else self._others
        shelf.add(outcome.check, slim(outcome, self._shapes.of(outcome, shelf.shape(outcome.check))))
        while self.used_bytes > self._budget:
            if not self._others.drop_one():
                self._failures.drop_one()

    def _replace(self, event: InventoryReplaced) -> None:
        checks = event.inventory.checks
        for check_id in event.added:
            for former in former_checks(event.inventory, checks[check_id]):
                if former in self._newest and former not in checks:
                    self._newest[check_id] = self._newest.pop(former)
                    self._failures.rename(former, check_id)
                    self._others.rename(former, check_id)
                    break
        for check_id in self._newest.keys() - checks.keys():
            del self._newest[check_id]
            self._failures.remove(check_id)
            self._others.remove(check_id)


def _newest(outcomes: list[Outcome], most: int) -> list[Outcome]:
    return sorted(outcomes, key=lambda outcome: outcome.started)[-most:]
