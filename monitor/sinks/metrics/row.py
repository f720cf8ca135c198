"""What the metrics remember of one check between two of its runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.inventory import Check, CheckId
from monitor.measure import Reading
from monitor.outcome import PENDING, Confirmed, StateSeconds

NOTHING_SPENT = StateSeconds()
NO_PHASES: Mapping[str, float] = {}


@dataclass(slots=True, eq=False)
class CheckRow:
    """One check's place in the store, and its newest values.

    Attributes:
        awaited_since: On the monotonic clock: when its newest completed run was heard of, or it was made or configured
            otherwise.
        success: 1 or 0 as the newest run saw it; None while unknown.
        shown: The seconds that its texts say.
        is_behind: Whether its texts are older than its values.
        readings: Of the newest run.
        kept: Sums of increments, by measure name and label values.
    """

    check: Check
    slot: int
    awaited_since: float
    confirmed: Confirmed = PENDING
    seconds: StateSeconds = NOTHING_SPENT
    shown: StateSeconds = NOTHING_SPENT
    is_behind: bool = False
    success: int | None = None
    runs: int = 0
    failures: int = 0
    slow: int = 0
    duration: float | None = None
    last_run: float | None = None
    last_success: float | None = None
    phases: Mapping[str, float] = field(default_factory=lambda: NO_PHASES)
    readings: tuple[Reading, ...] = ()
    kept: dict[str, dict[tuple[str, ...], float]] | None = None


def identity(check: Check | CheckId) -> dict[str, str]:
    """Return the labels that every sample about a check has; its id is enough."""
    agency, target, name = (check if isinstance(check, str) else check.id).split("/")
    return {"agency": agency, "check": name, "target": target}
