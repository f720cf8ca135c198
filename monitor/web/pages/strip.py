"""The newest runs of a check as a strip of bars, each made of its phases."""

import math
from collections.abc import Sequence

from monitor.observation import Status
from monitor.outcome import Outcome
from monitor.web.pages.layout import Reader
from monitor.web.pages.markup import Markup, element
from monitor.web.pages.words import REASONS, STATUSES, Say

MOST = 60
STEP = 12
BAR = 9
HEIGHT = 72
PHASES = ("resolve", "connect", "tls", "processing", "transfer")
REST = "rest"


def strip(reader: Reader, outcomes: Sequence[Outcome]) -> Markup:
    """Return the bars of the newest runs, the newest on the right. A bar's height is the square root of its length."""
    shown = outcomes[-MOST:]
    longest = max((lasted(outcome) for outcome in shown), default=0.0) or 1.0
    bars = [_run(reader.say, outcome, index * STEP, longest) for index, outcome in enumerate(shown)]
    failed = sum(outcome.observation.status is not Status.UP for outcome in shown)
    label = reader.say(
        f"{len(shown)} lần chạy gần nhất, {failed} lần không đạt, lâu nhất {milliseconds(longest)}",
        f"The newest {len(shown)} runs, {failed} of them not up, the longest {milliseconds(longest)}",
    )
    width = max(1, len(shown)) * STEP
    return element(
        "figure",
        element(
            "svg", bars, viewBox=f"0 0 {width} {HEIGHT + 16}", width=width, height=HEIGHT + 16, role="img",
            aria_label=label, class_="strip",
        ),
        element("figcaption", label),
    )  # fmt: skip


def parts(outcome: Outcome) -> list[tuple[str, float]]:
    """Return the phases of a run with their seconds, and what is left of it as the rest."""
    known = [(name, seconds) for name, seconds in outcome.phases.items() if seconds > 0 and math.isfinite(seconds)]
    left = lasted(outcome) - sum(seconds for _, seconds in known)
    return [*known, (REST, max(0.0, left))] if left > lasted(outcome) * 0.01 or not known else known


def lasted(outcome: Outcome) -> float:
    """Return how long a run took, in seconds; 0 for what cannot be."""
    seconds = outcome.duration_seconds
    return seconds if seconds > 0 and math.isfinite(seconds) else 0.0


def phase_class(name: str) -> str:
    """Return the class that colours a phase."""
    return f"phase-{name}" if name in (*PHASES, REST) else "phase-other"


def milliseconds(seconds: float) -> str:
    """Return a length of time as a person writes it: ``3.1 ms``, ``240 ms``, ``5.0 s``."""
    if seconds >= 1:
        return f"{seconds:.1f} s"
    if seconds < 0.00005:
        return "<0.1 ms"
    return f"{seconds * 1000:.1f} ms" if seconds < 0.1 else f"{seconds * 1000:.0f} ms"


def _run(say: Say, outcome: Outcome, x: int, longest: float) -> Markup:
    seen = outcome.observation
    why = f", {say(*REASONS[seen.reason])}" if seen.reason else ""
    length = milliseconds(lasted(outcome))
    title = f"{outcome.started:%H:%M:%S} UTC · {say(*STATUSES[seen.status])}{why} · {length}"
    height = max(2.0, HEIGHT * math.sqrt(lasted(outcome) / longest))
    total = sum(seconds for _, seconds in parts(outcome)) or 1.0
    bottom = float(HEIGHT)
    pieces = []
    for name, seconds in parts(outcome):
        tall = height * seconds / total
        bottom -= tall
        pieces.append(element("rect", x=x, y=bottom, width=BAR, height=tall, class_=phase_class(name)))
    return element("g", element("title", title), pieces, _mark(seen.status, x), class_=f"run {seen.status}")


def _mark(status: Status, x: int) -> Markup:
    """Return the shape under a bar: a dot, a triangle, a cross or a ring."""
    y = HEIGHT + 5
    if status is Status.UP:
        return element("circle", cx=x + 4.5, cy=y + 4, r=2, class_="fill up")
    if status is Status.DEGRADED:
        return element("path", d=f"M{x} {y + 8}h9l-4.5-8z", class_="fill degraded")
    if status is Status.DOWN:
        return element("path", d=f"M{x + 1} {y}l7 8m0-8l-7 8", class_="line down")
    return element("circle", cx=x + 4.5, cy=y + 4, r=3.2, class_="line unknown")
