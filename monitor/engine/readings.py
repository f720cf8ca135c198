"""The boundary at which observations of plugins are checked before anybody believes them."""

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from operator import is_
from typing import TypeGuard

from monitor.inventory import Check
from monitor.measure import Measure, MeasureKind, Reading
from monitor.observation import OURS, FaultDomain, Observation, Reason, Status
from monitor.vitals import Vitals

DETAIL_LENGTH = 500
ID = re.compile(r"[a-z0-9][a-z0-9/-]{0,199}", re.ASCII)
"""Agencies, targets and checks; other text from a target must not become a label."""


def checked(
    check: Check, seen: Observation, noted: Sequence[Reading], vitals: Vitals, like: Sequence[Reading] = ()
) -> Observation:
    """Return a sound observation once its text and readings are in order, and a reason of ours makes it unknown.

    Of the readings ``noted`` beside it, one that ``seen`` reports as well gives way. When the readings are the very
    objects of ``like``, which this check reported before, they are in order.
    """
    status, fault = seen.status, seen.fault
    if status is not Status.UNKNOWN and seen.reason in OURS:
        status, fault = Status.UNKNOWN, FaultDomain.MONITOR
    readings = (*noted, *seen.readings) if noted else seen.readings
    accepted = readings if are_those(readings, like) else admitted(check, readings, vitals)
    detail = printable(seen.detail)
    if detail is seen.detail and status is seen.status and (accepted is seen.readings or accepted == seen.readings):
        return seen
    return Observation(status, seen.reason, detail, accepted, fault)


def is_sound(seen: object) -> TypeGuard[Observation]:
    """Tell whether this is an observation whose fields have their types: the class itself does not look."""
    if not isinstance(seen, Observation):
        return False
    detail: object = seen.detail
    readings: object = seen.readings
    return (
        type(seen.status) is Status
        and (seen.reason is None or type(seen.reason) is Reason)
        and isinstance(detail, str)
        and isinstance(readings, tuple)
        and (seen.fault is None or type(seen.fault) is FaultDomain)
    )


def are_those(readings: Sequence[object], others: Sequence[object]) -> bool:
    """Tell whether the one holds the very objects of the other; nothing is compared, for that may be foreign code."""
    return len(readings) == len(others) and all(map(is_, readings, others))


def admitted(check: Check, readings: Iterable[Reading], vitals: Vitals) -> tuple[Reading, ...]:
    """Return the readings that are declared, finite and within the budget; count the others.

    Of two readings of one series, and of one day, the later counts.
    """
    kept: dict[tuple[str, tuple[str, ...], date | None], Reading] = {}
    known: set[tuple[str, tuple[str, ...]]] = set()
    left = {name: measure.series if measure.labels else 1 for name, measure in check.measures.items()}
    for reading in readings:
        if not is_valid(check, reading):
            vitals.readings_refused[check.plugin] += 1
            continue
        name = reading.measure.name
        one = (name, reading.labels)
        if one not in known:
            if not left[name]:
                vitals.series_dropped[check.plugin] += 1
                continue
            left[name] -= 1
            known.add(one)
        kept[name, reading.labels, reading.day] = reading
    return tuple(kept.values())


def is_valid(check: Check, reading: object) -> bool:
    """Tell whether a reading is a finite number of a measure that the check declares, with values its labels allow."""
    if not isinstance(reading, Reading):
        return False
    measure: object = reading.measure
    declared = check.measures.get(measure.name) if isinstance(measure, Measure) else None
    if declared is None or (declared is not measure and declared != measure):
        return False
    value: object = reading.value
    labels: object = reading.labels
    if not isinstance(value, int | float) or not is_finite(value):
        return False
    if not isinstance(labels, tuple) or len(labels) != len(declared.labels):
        return False
    if declared.kind is MeasureKind.INCREMENT:
        if value < 0 or not (reading.day is None or type(reading.day) is date):
            return False
    elif reading.day is not None:
        return False
    for label, text in zip(declared.labels, labels, strict=True):
        if not isinstance(text, str) or not (text in label.values if label.values else is_id(text)):
            return False
    return True


@lru_cache(maxsize=16_384)
def is_id(text: str) -> bool:
    """Tell whether a text may be an id; a run that counts names the same few thousands again and again."""
    return ID.fullmatch(text) is not None


def is_finite(value: float) -> bool:
    """Tell whether a number can be shown; an int may be too large for a float."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def printable(text: str) -> str:
    """Return one line that no terminal, log or page can stumble over, at most ``DETAIL_LENGTH`` characters."""
    if len(text) <= DETAIL_LENGTH and text.isprintable():
        return text
    cut = text if len(text) <= DETAIL_LENGTH else text[: DETAIL_LENGTH - 1] + "…"
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in cut)
