"""Whose turn it is: each check's place between two runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.engine.run import Run
from monitor.engine.witness import is_loopback
from monitor.inventory import AgencyId, Check, CheckId
from monitor.measure import Reading
from monitor.observation import Reason


@dataclass(eq=False, slots=True)
class Turn:
    """What the engine keeps of one check.

    Attributes:
        agency: That of the check, worked out once.
        is_remote: Whether a network lies between us and its target.
        due: When the run that has not started yet was due; None when none waits.
        is_beat: Whether that run keeps a beat, or is one beside it.
        is_admitted: Whether that run has its slot and starts in a moment.
        run: The run under way, until its result is handed on.
        again: Why the newest run was made anew; empty when its result stood.
        reason: That of the newest result.
        readings: Those of the newest result.
    """

    check: Check
    agency: AgencyId
    is_remote: bool
    due: float | None = None
    is_beat: bool = True
    is_admitted: bool = False
    run: Run | None = None
    again: str = ""
    reason: Reason | None = None
    readings: Sequence[Reading] = ()


class Turns:
    """The turns of all checks."""

    def __init__(self) -> None:
        self._turns: dict[CheckId, Turn] = {}

    def get(self, check_id: CheckId) -> Turn | None:
        """Return the turn of a check, or None when it is gone."""
        return self._turns.get(check_id)

    def holds(self, turn: Turn) -> bool:
        """Tell whether a turn is still in force."""
        return self._turns.get(turn.check.id) is turn

    def __iter__(self) -> Iterator[Turn]:
        return iter(self._turns.values())

    def replace(self, checks: Mapping[CheckId, Check]) -> list[Turn]:
        """Take a new set of checks, and return the turns that are no longer in force.

        A check that is configured as before keeps its turn.
        """
        before = self._turns
        self._turns = {}
        for check in checks.values():
            turn = before.get(check.id)
            if turn is not None and is_same(turn.check, check):
                turn.check = check
                del before[check.id]
            else:
                turn = Turn(check, check.agency, not is_loopback(check.host))
            self._turns[check.id] = turn
        return list(before.values())


def is_same(one: Check, other: Check) -> bool:
    """Tell whether two checks are configured alike."""
    return one is other or (one.fingerprint == other.fingerprint if one.fingerprint else one == other)
