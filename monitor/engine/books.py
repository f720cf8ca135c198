"""The engine's books: what starting and landing both read and write."""

from dataclasses import dataclass

from monitor.engine.needs import Emit
from monitor.engine.outcomes import Outcomes
from monitor.engine.pace import Pace
from monitor.engine.slots import Slots
from monitor.engine.turns import Turns
from monitor.inventory import Check
from monitor.observation import Reason
from monitor.vitals import Vitals


@dataclass(frozen=True, slots=True)
class Books:
    """Whose turn it is, who holds a slot, who may run beside its beat; and where records go."""

    turns: Turns
    slots: Slots
    pace: Pace
    vitals: Vitals
    outcomes: Outcomes
    emit: Emit

    def skip(self, check: Check, counted_as: str, reason: Reason, detail: str) -> None:
        """Count and hand on that a run did not take place."""
        self.vitals.skipped[counted_as] += 1
        self.emit(self.outcomes.of_none(check, reason, detail))
