"""Local days of moments, looked up in no time."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

QUARTER_SECONDS = 900
"""Every offset from UTC is a multiple of it, and so is every beginning of a day."""
MOST = 100_000


class Days:
    """Knows the local day of a moment.

    Attributes:
        zone: Whose days.
    """

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._known: dict[int, date] = {}

    def of(self, seconds: float) -> date:
        """Return the local day of a moment, in seconds since the epoch."""
        quarter = int(seconds // QUARTER_SECONDS)
        found = self._known.get(quarter)
        if found is None:
            if len(self._known) >= MOST:
                self._known.clear()
            found = self._known[quarter] = datetime.fromtimestamp(quarter * QUARTER_SECONDS, self.zone).date()
        return found
