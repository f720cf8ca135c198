"""What a source needs while one run collects from it."""

import time
from dataclasses import dataclass

from datashare_monitor_usage.days import Days
from datashare_monitor_usage.state import State
from datashare_monitor_usage.tally import Tally
from monitor.plugin import Reason, Vantage

FUTURE_SECONDS = 300
"""So far ahead of our clock a record may be."""
SHARE_LEFT = 0.3
"""A run asks for more while this share of its time is left."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a source that could be counted all the same."""

    reason: Reason
    detail: str


@dataclass(slots=True, kw_only=True)
class Collecting:
    """One run of a collector.

    Attributes:
        now: Seconds since the epoch.
        began: On the monotonic clock.
    """

    vantage: Vantage
    state: State
    tally: Tally
    days: Days
    now: int
    began: float

    @property
    def may_go_on(self) -> bool:
        """Whether there is time, and room, for another page."""
        whole = self.vantage.deadline - self.began
        return self.vantage.deadline - time.monotonic() > SHARE_LEFT * whole and not self.tally.is_full

    def is_future(self, at: float) -> bool:
        """Tell whether a record cannot be of that moment yet."""
        return at > self.now + FUTURE_SECONDS
