"""What a plugin prints: read now and then, up to a rate, and logged; the rest is dropped."""

import os
import time

import structlog

from monitor.network.veil import Veil

ALLOWED_BYTES = 64 * 1024
"""Logged a minute."""
READ_BYTES = 64 * 1024
"""As much as the pipe holds; its writing end never blocks, so what does not fit is lost there."""
LINE_LENGTH = 16 * 1024
EVERY_SECONDS = 1.0


class Printed:
    """The reading end of the pipe that is standard output and standard error of a plugin's processes."""

    def __init__(self, plugin: str, veil: Veil) -> None:
        self._plugin = plugin
        self._veil = veil
        self._log = structlog.get_logger()
        self._reading, self.writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._allowed = float(ALLOWED_BYTES)
        self._newest = time.monotonic()

    def look(self, now: float, *, at_once: bool = False) -> None:
        """Log what has been printed since the last look, once a second at most."""
        if now - self._newest < EVERY_SECONDS and not at_once:
            return
        self._allowed = min(ALLOWED_BYTES, self._allowed + (now - self._newest) * ALLOWED_BYTES / 60)
        self._newest = now
        try:
            found = os.read(self._reading, READ_BYTES)
        except BlockingIOError:
            return
        if not found:
            return
        kept = found[: min(int(self._allowed), LINE_LENGTH)]
        self._allowed -= len(kept)
        text = self._veil.cover(kept.decode("utf-8", "backslashreplace").rstrip("\n"))
        self._log.warning("plugin.printed", plugin=self._plugin, text=text, dropped_bytes=len(found) - len(kept))

    def close(self) -> None:
        """Log what is left, and close both ends."""
        self.look(time.monotonic(), at_once=True)
        os.close(self._reading)
        os.close(self.writing)
