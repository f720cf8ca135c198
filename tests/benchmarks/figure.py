"""One figure: what was measured, what is required, and the line of the table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What was measured, once for each round.

    Attributes:
        unit: Behind each number; empty for a ratio.
        most: The required limit; None for a number that only informs.
        goal: A better one to aim at.
        note: How it was measured, or what else was seen.
    """

    name: str
    values: Sequence[float] = field(default_factory=list)
    unit: str = ""
    most: float | None = None
    goal: float | None = None
    note: str = ""

    @property
    def median(self) -> float:
        return median(self.values)

    @property
    def is_met(self) -> bool | None:
        """Whether the limit is kept; None when there is none."""
        return None if self.most is None else self.median <= self.most

    def row(self) -> str:
        """Return the line of the table."""
        limit = "" if self.most is None else f"≤ {number(self.most)}{spaced(self.unit)}"
        goal = "" if self.goal is None else f"{number(self.goal)}{spaced(self.unit)}"
        verdict = {None: "", True: "yes", False: "**no**"}[self.is_met]
        spread = f"{number(min(self.values))}–{number(max(self.values))}" if len(self.values) > 1 else ""
        cells = (self.name, f"{number(self.median)}{spaced(self.unit)}", spread, limit, goal, verdict, self.note)
        return f"| {' | '.join(cells)} |"


HEADING = "| figure | median | min–max | required | goal | kept | remark |\n|---|---:|---:|---:|---:|---|---|"


def number(value: float) -> str:
    """Return a number with three digits that matter."""
    if value and abs(value) < 10:
        return f"{value:.3g}"
    return f"{value:,.1f}" if abs(value) < 100 else f"{value:,.0f}"


def spaced(unit: str) -> str:
    """Return the unit as it stands behind a number."""
    return f" {unit}" if unit else ""
