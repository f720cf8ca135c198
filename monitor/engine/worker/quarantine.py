"""When a plugin's process is not started again for a while."""

from collections import deque

KILLS = 3
WINDOW_SECONDS = 300.0
REST_SECONDS = 300.0
PAUSES_SECONDS = (0.0, 0.2)
"""Before the process is started again after the first and the second kill of a window."""


class Quarantine:
    """Counts the untimely ends of one plugin's processes; three in five minutes make it rest for five.

    Moments are on the monotonic clock, in seconds.
    """

    def __init__(self) -> None:
        self._kills: deque[float] = deque(maxlen=KILLS)
        self._until = 0.0
        self._is_on_trial = False

    def until(self, now: float) -> float | None:
        """Return when the rest ends, or None when the plugin is not resting."""
        return self._until if now < self._until else None

    def kill(self, now: float) -> float:
        """Note an untimely end, and return when the next process may start.

        After a rest there is one try: an end within the window sends the plugin back to rest.
        """
        while self._kills and now - self._kills[0] >= WINDOW_SECONDS:
            self._kills.popleft()
        self._kills.append(now)
        is_on_trial = self._is_on_trial and now - self._until < WINDOW_SECONDS
        if len(self._kills) < KILLS and not is_on_trial:
            return now + PAUSES_SECONDS[len(self._kills) - 1]
        self._kills.clear()
        self._is_on_trial = True
        self._until = now + REST_SECONDS
        return self._until
