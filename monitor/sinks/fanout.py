"""The fan-out: hands every event to every sink; one that raises is counted and does not stop the others."""

from collections.abc import Mapping

import structlog

from monitor.outcome import Event, Sink
from monitor.vitals import Vitals

log = structlog.get_logger("monitor")


class FanOut:
    """What the judge emits to."""

    def __init__(self, sinks: Mapping[str, Sink], vitals: Vitals) -> None:
        self._sinks = tuple(sinks.items())
        self._vitals = vitals

    def __call__(self, event: Event) -> None:
        """Hand one event to all sinks, in order."""
        for name, sink in self._sinks:
            try:
                sink(event)
            except Exception as error:  # noqa: BLE001 - foreign code: a sink may raise anything
                self._count(name, error)

    def _count(self, name: str, error: Exception) -> None:
        errors = self._vitals.sink_errors
        errors[name] += 1
        # The first, second, fourth … is logged: a sink that always raises must not flood the log.
        if errors[name].bit_count() == 1:
            log.error("sink.failed", sink=name, errors=errors[name], exc_info=error)
