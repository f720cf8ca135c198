"""Naming the plugin that misbehaves: counted each time, logged now and then, and never with the text of its error."""

import traceback

import structlog

from monitor.clock import Clock
from monitor.inventory import Check
from monitor.plugin.errors import ProbeError
from monitor.vitals import Vitals

AGAIN_SECONDS = 300.0
"""The same fault of the same plugin is logged once in this time: ten thousand checks may share it."""


class Blame:
    """The log lines and counters about misbehaving plugins."""

    def __init__(self, clock: Clock, vitals: Vitals) -> None:
        self._monotonic = clock.monotonic
        self._vitals = vitals
        self._logged: dict[tuple[str, str], float] = {}
        self._log = structlog.get_logger()

    def error(self, check: Check, error: BaseException) -> None:
        """Note what a plugin raised: its type and place only, because its text may hold a secret."""
        self._vitals.plugin_errors[check.plugin] += 1
        if isinstance(error, ProbeError):  # its detail is in the outcome
            return
        place = where(error)
        if self._is_news(check, f"{type(error).__name__} {place}"):
            self._log.error("check.plugin_failed", **names(check), error=type(error).__name__, at=place)

    def nonsense(self, check: Check, seen: object) -> None:
        """Note that a plugin returned something that is not an observation."""
        self._vitals.plugin_errors[check.plugin] += 1
        if self._is_news(check, type(seen).__name__):
            self._log.error("check.plugin_failed", **names(check), error="not an Observation", got=type(seen).__name__)

    def abandoned(self, check: Check) -> None:
        """Note that a plugin did not end when it was cancelled."""
        if self._is_news(check, "abandoned"):
            self._log.warning("check.run_abandoned", **names(check))

    def _is_news(self, check: Check, fault: str) -> bool:
        now = self._monotonic()
        key = (check.plugin, fault)
        if now - self._logged.get(key, -AGAIN_SECONDS) < AGAIN_SECONDS:
            return False
        if len(self._logged) >= 1000:
            self._logged.clear()
        self._logged[key] = now
        return True


def names(check: Check) -> dict[str, str]:
    """Return the keys that say which check a log line is about."""
    return {"check": check.id, "plugin": check.plugin, "kind": check.kind}


def where(error: BaseException) -> str:
    """Return file, line and function from which an exception came, without any of its text."""
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    if not frames:
        return ""
    last = frames[-1]
    return f"{last.filename.rpartition('/')[2]}:{last.lineno} in {last.name}"
