"""One side of a comparison, and a window in which it is measured."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from tests.benchmarks.process import cpu_seconds, wait_until
from tests.benchmarks.prometheus import Prometheus
from tests.benchmarks.server import Server

STEADY_WITHIN_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Processes that probe and store.

    Attributes:
        pids: Those whose time counts.
    """

    pids: tuple[int, ...]
    prometheus: Prometheus


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What happened between two moments."""

    seconds: float
    probes: int
    cpu_seconds: tuple[float, ...]

    @property
    def rate(self) -> float:
        """Probes a second."""
        return self.probes / self.seconds

    @property
    def cpu_per_probe_seconds(self) -> float:
        """Processor time of all processes for each probe."""
        return sum(self.cpu_seconds) / self.probes


def settle(server: Server, rate: float) -> None:
    """Wait until as many probes a second arrive as should, for two seconds together; not for ever on a slow machine."""

    def is_steady() -> bool:
        before = server.answered()
        time.sleep(2)
        return server.answered() - before >= 0.95 * rate * 2

    with suppress(TimeoutError):
        wait_until(is_steady, STEADY_WITHIN_SECONDS, f"{rate} probes a second")


def measured(
    server: Server, pids: tuple[int, ...], seconds: float, spend: Callable[[float], object] = time.sleep
) -> Window:
    """Measure processes while that time is spent."""
    began, probes, used = time.monotonic(), server.answered(), [cpu_seconds(pid) for pid in pids]
    spend(seconds)
    after = [cpu_seconds(pid) for pid in pids]
    return Window(
        seconds=time.monotonic() - began,
        probes=server.answered() - probes,
        cpu_seconds=tuple(late - early for late, early in zip(after, used, strict=True)),
    )
