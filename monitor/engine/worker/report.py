"""What a plugin's process says about a run, read field by field: nothing it writes is believed unseen."""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from monitor.engine.worker.wire import GarbageError, Message
from monitor.inventory import Check
from monitor.measure import Measure, Reading
from monitor.network.veil import Veil
from monitor.observation import FaultDomain, Observation, Reason, Status
from monitor.plugin.memory import MOST_MEMORY_BYTES
from monitor.vitals import Vitals

PHASE = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
MOST_PHASES = 32
MOST_SECONDS = 1e9
MOST_READINGS = 20_000


@dataclass(frozen=True, slots=True)
class WorkerResult:
    """What a run in a worker came to.

    Attributes:
        phases: Seconds by phase name.
        noted: Readings that count whatever the probe returned.
        memory: What the probe wrote for its next run; None when it wrote nothing, or the run failed.
    """

    observation: Observation
    phases: Mapping[str, float] = field(default_factory=dict)
    noted: tuple[Reading, ...] = ()
    memory: bytes | None = field(default=None, repr=False)


def read(message: Message, check: Check, veil: Veil, vitals: Vitals) -> WorkerResult:
    """Return what a message says about a run of ``check``. Readings that the check does not declare are counted.

    Raises:
        GarbageError: The message is not one that our own code would write.
    """
    reason, fault = message.get("reason"), message.get("fault")
    readings = _readings(message["readings"], check, vitals) if "readings" in message else ()
    noted = _readings(message["noted"], check, vitals) if "noted" in message else ()
    phases = _phases(message["phases"]) if "phases" in message else {}
    try:
        observation = Observation(
            Status(text(message.get("status"))),
            None if reason is None else Reason(reason),
            veil.cover(text(message.get("detail"))),
            readings,
            None if fault is None else FaultDomain(fault),
        )
    except ValueError as error:
        raise GarbageError("a result names no such status, reason or fault") from error
    return WorkerResult(observation, phases, noted, _memory(message["memory"]) if "memory" in message else None)


@dataclass(frozen=True, slots=True)
class Mishap:
    """What went wrong in a run beside its result; empty texts for what did not.

    Attributes:
        raised: The name of the exception that left the plugin.
        trace: Its traceback, when it is news.
        stuck: Why the run does not end as long as its process lives.
        worn: Why the process had better be replaced, through no fault of the run.
    """

    raised: str
    trace: str
    stuck: str
    worn: str


NO_MISHAP = Mishap("", "", "", "")


def mishap(message: Message, veil: Veil) -> Mishap:
    """Return what a message says went wrong.

    Raises:
        GarbageError: A field is not a text.
    """
    if message.keys().isdisjoint(Mishap.__slots__):
        return NO_MISHAP
    return Mishap(*(veil.cover(text(message.get(name, ""))) for name in Mishap.__slots__))


def text(value: object) -> str:
    """Return a text that can be encoded.

    Raises:
        GarbageError: It is not a text.
    """
    if not isinstance(value, str):
        raise GarbageError("a text is missing")
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _readings(found: object, check: Check, vitals: Vitals) -> tuple[Reading, ...]:
    if not isinstance(found, list) or len(found) > MOST_READINGS:
        raise GarbageError("readings are not a list, or are too many")
    readings = []
    for one in found:
        if not isinstance(one, list) or len(one) not in {3, 4}:
            raise GarbageError("a reading is not a name, a value and labels")
        name, value, labels, *of = one
        if not isinstance(name, str) or not isinstance(labels, list):
            raise GarbageError("a reading is not a name, a value and labels")
        measure = check.measures.get(name)
        if measure is not None and isinstance(value, int | float) and _fit(measure, labels):
            readings.append(Reading(measure, value, tuple(labels), _day(of[0]) if of else None))
        else:
            vitals.readings_refused[check.plugin] += 1
    return tuple(readings)


def _fit(measure: Measure, labels: list[object]) -> bool:
    """Tell whether labels fit a measure; the engine looks at their values."""
    return len(labels) == len(measure.labels) and all(
        isinstance(label, str) and label.isprintable() for label in labels
    )


def _day(written: object) -> date:
    try:
        return date.fromisoformat(text(written))
    except ValueError as error:
        raise GarbageError("a reading is of no day") from error


def _memory(written: object) -> bytes:
    try:
        found = b64decode(text(written), validate=True)
    except ValueError as error:
        raise GarbageError("a memory cannot be read") from error
    if len(found) > MOST_MEMORY_BYTES:
        raise GarbageError(f"a memory is over {MOST_MEMORY_BYTES} bytes")
    return found


def _phases(found: object) -> dict[str, float]:
    if not isinstance(found, dict) or len(found) > MOST_PHASES:
        raise GarbageError("phases are not a mapping, or are too many")
    return {
        name: float(seconds)
        for name, seconds in found.items()
        if PHASE.fullmatch(name) and isinstance(seconds, int | float) and 0 <= seconds < MOST_SECONDS
    }
