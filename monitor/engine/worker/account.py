"""What a run came to, put into plain values for the wire."""

import time
from base64 import b64encode

from monitor.engine.readings import is_sound
from monitor.engine.worker.look import Look, trace
from monitor.engine.worker.news import News
from monitor.engine.worker.steps import PluginExitedError
from monitor.engine.worker.wire import Message
from monitor.measure import Reading
from monitor.observation import Observation, Reason, unknown

TEXT_LENGTH = 2000
TRACE_LENGTH = 16_000


class Account:
    """Writes messages about runs; the same error is described in full once a minute."""

    def __init__(self) -> None:
        self._errors = News()

    def of(self, look: Look) -> Message:
        """Return the message about a run that has ended."""
        seen, error = look.seen, look.error
        if not isinstance(seen, Observation) or not is_sound(seen):
            error = TypeError(f"observe returned {type(seen).__name__}, not a sound Observation")
            seen = unknown(Reason.PLUGIN, str(error))
        message: Message = {
            "run": look.number,
            "status": seen.status.value,
            "reason": None if seen.reason is None else seen.reason.value,
            "detail": seen.detail[:TEXT_LENGTH],
            "fault": None if seen.fault is None else seen.fault.value,
        }
        if seen.readings:
            message["readings"] = [plain(reading) for reading in seen.readings]
        if look.vantage.noted:
            message["noted"] = [plain(reading) for reading in look.vantage.noted]
        if look.vantage.phases:
            message["phases"] = dict(look.vantage.phases)
        if error is None and look.remembered is not None:
            message["memory"] = b64encode(look.remembered).decode()
        if look.stuck:
            message["stuck"] = look.stuck
        if look.worn:
            message["worn"] = look.worn
        if error is not None and seen.reason is Reason.PLUGIN:
            message |= self._described_error(error, is_raised=error is look.error)
        return message

    def _described_error(self, error: BaseException, *, is_raised: bool) -> Message:
        name = type(error).__name__ if not isinstance(error, PluginExitedError) else type(error.__cause__).__name__
        described: Message = {"raised": name}
        if isinstance(error, PluginExitedError):
            described["detail"] = str(error)
        elif is_raised:
            text = " ".join(str(error).split())[:TEXT_LENGTH]
            described["detail"] = f"the plugin raised {name}: {text}" if text else f"the plugin raised {name}"
        if self._errors.is_news(name, time.monotonic()):
            described["trace"] = trace(error)[-TRACE_LENGTH:] if is_raised else str(error)
        return described


def nonsense(number: int, error: BaseException) -> Message:
    """Return the message about a run whose result cannot even be looked at."""
    return {
        "run": number,
        "status": "unknown",
        "reason": "plugin",
        "detail": f"what observe returned cannot be read: {type(error).__name__}",
        "fault": "monitor",
        "raised": type(error).__name__,
    }


def plain(reading: object) -> list[object]:
    """Return name, value, label values and any day; of what is not a reading, something that no check declares."""
    if not isinstance(reading, Reading):
        return ["", None, []]
    value: object = reading.value
    value = value if isinstance(value, int | float) else None
    written: list[object] = [str(reading.measure.name), value, [str(text) for text in reading.labels]]
    return written if reading.day is None else [*written, reading.day.isoformat()]
