"""How often a check runs and what confirms a change: the nearest setting to the check counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from monitor.config.documents.check import BeatShape
from monitor.inventory import Confirm
from monitor.plugin.quantities import written_duration

EVERY = timedelta(seconds=60)
TIMEOUT = timedelta(seconds=10)
RECHECK = timedelta(seconds=10)
SHORTEST = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """The settings in force for one check."""

    every: timedelta
    timeout: timedelta
    confirm: Confirm
    recheck: timedelta
    phases: bool


def beat_of(shapes: Sequence[BeatShape]) -> tuple[Beat, dict[str, str]]:
    """Return the settings in force, and what is wrong with them by key.

    A timeout or recheck that is longer than ``every`` is wrong where the check or its template sets it; what comes from
    the defaults is cut to ``every``.

    Args:
        shapes: The check, its template, the defaults: the nearest first.
    """
    every = _nearest(shapes, "every", EVERY)
    timeout = _nearest(shapes, "timeout", TIMEOUT)
    recheck = _nearest(shapes, "recheck", RECHECK)
    own = shapes[:-1] or shapes
    wrong = {}
    if every < SHORTEST:
        wrong["every"] = f"{written_duration(every)} is too often; write {written_duration(SHORTEST)} or more"
    if timeout > every and _nearest(own, "timeout", None):
        wrong["timeout"] = (
            f"the timeout, {written_duration(timeout)}, is longer than every, {written_duration(every)}; shorten it"
        )
    if recheck > every and _nearest(own, "recheck", None):
        wrong["recheck"] = (
            f"recheck, {written_duration(recheck)}, is longer than every, {written_duration(every)}; shorten it"
        )
    confirms = [shape.confirm for shape in shapes if shape.confirm is not None]
    beat = Beat(
        every=every,
        timeout=min(timeout, every),
        confirm=Confirm(down=_nearest(confirms, "down", 2), up=_nearest(confirms, "up", 1)),
        recheck=min(recheck, every),
        phases=_nearest(shapes, "phases", False),  # noqa: FBT003 - the default
    )
    return beat, wrong


def _nearest(shapes: Sequence[Any], name: str, otherwise: Any) -> Any:
    return next((value for shape in shapes if (value := getattr(shape, name)) is not None), otherwise)
