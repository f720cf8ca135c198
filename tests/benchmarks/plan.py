"""How long and how often things are measured."""

import sys
import time
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run of the benchmarks takes upon itself.

    Attributes:
        rounds: Pairs of windows, ours and theirs in alternation.
        window_seconds: A multiple of the 15 s between two scrapes.
        bare_requests: How many requests bare aiohttp makes.
        warm_seconds: How long large inventories run before they are measured: two whole intervals, after which the
            garbage collector is let loose.
        scale_seconds: The window in which they are.
    """

    rounds: int = 3
    window_seconds: float = 60
    bare_requests: int = 50_000
    warm_seconds: float = 125
    scale_seconds: float = 90
    began: float = field(default_factory=time.monotonic)

    def say(self, what: str) -> None:
        """Show what is being done."""
        print(f"  {time.monotonic() - self.began:5.0f} s  {what}", file=sys.stderr, flush=True)


QUICK = {"rounds": 1, "window_seconds": 15, "bare_requests": 10_000, "warm_seconds": 2, "scale_seconds": 20}
"""Tells whether everything works; the figures are not worth keeping."""
