"""Saying the same thing once a minute."""

AGAIN_SECONDS = 60.0
MOST = 1000


class News:
    """What has been said lately."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}

    def is_news(self, what: str, now: float) -> bool:
        """Tell whether something was not said within the last minute, and take it as said now."""
        if now - self._said.get(what, -AGAIN_SECONDS) < AGAIN_SECONDS:
            return False
        if len(self._said) >= MOST:
            self._said.clear()
        self._said[what] = now
        return True
