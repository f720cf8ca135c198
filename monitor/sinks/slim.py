"""Outcomes in little memory: their values packed, the names shared with all outcomes of the same shape."""

import marshal
from datetime import datetime
from typing import NamedTuple

from monitor.inventory import CheckId
from monitor.judge.instant import microseconds, moment
from monitor.observation import FaultDomain, Observation, Reason, Status
from monitor.outcome import NEVER, Confirmed, Outcome

STATUSES = (*Status,)
OVERHEAD = 104
"""Bytes for the pair, the head of the packed bytes and the place in a list (with its spare ones)."""
MOST_SHAPES = 256
"""All kinds together have a few dozen. Beyond it the names of phases are packed along: a plugin may make them up."""


class Shape(NamedTuple):
    """What the outcomes of many checks have in common.

    Attributes:
        phases: Their names; None when they are packed with their values.
    """

    vantage: str
    phases: tuple[str, ...] | None


class Slim(NamedTuple):
    """An outcome without its account and its readings, packed."""

    packed: bytes
    shape: Shape

    @property
    def cost(self) -> int:
        """About how many bytes of memory it takes, the shared shape aside."""
        return len(self.packed) + OVERHEAD


class Shapes:
    """The shapes that there are, each of them once for all checks: they take more memory than what they describe."""

    def __init__(self) -> None:
        self._known: dict[Shape, Shape] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, outcome: Outcome, like: Shape | None) -> Shape:
        """Return the shape of an outcome, which is probably ``like`` that of the one before."""
        shape = Shape(outcome.vantage, (*outcome.phases,))
        if like is not None and like == shape:
            return like
        if shape not in self._known and len(self._known) >= MOST_SHAPES:
            shape = Shape(outcome.vantage, None)
        return self._known.setdefault(shape, shape)


def slim(outcome: Outcome, shape: Shape) -> Slim:
    """Return the outcome packed; the shape is its own."""
    seen, confirmed = outcome.observation, outcome.confirmed
    values = (
        microseconds(outcome.started),
        outcome.duration_seconds,
        STATUSES.index(seen.status),
        seen.reason and str(seen.reason),
        seen.fault and str(seen.fault),
        seen.detail,
        STATUSES.index(confirmed.status),
        confirmed.reason and str(confirmed.reason),
        None if confirmed.since == NEVER else microseconds(confirmed.since),
        None if confirmed.detail == seen.detail else confirmed.detail,
        confirmed.maintenance,
        *(outcome.phases if shape.phases is None else ()),
        *outcome.phases.values(),
    )
    return Slim(marshal.dumps(values), shape)


def full(check_id: CheckId, kept: Slim) -> Outcome:
    """Return the outcome again; its account and its readings are empty."""
    values = marshal.loads(kept.packed)  # noqa: S302 - our own bytes
    started, duration, status, reason, fault, detail, settled, why, since, text, maintenance, *rest = values
    names = kept.shape.phases
    if names is None:
        names, rest = rest[: len(rest) // 2], rest[len(rest) // 2 :]
    return Outcome(
        check=check_id,
        vantage=kept.shape.vantage,
        started=moment(started),
        duration_seconds=duration,
        observation=Observation(
            STATUSES[status], _reason(reason), detail, fault=None if fault is None else FaultDomain(fault)
        ),
        phases=dict(zip(names, rest, strict=True)),
        confirmed=Confirmed(
            STATUSES[settled], _reason(why), _since(since), detail if text is None else text, maintenance
        ),
    )


def _reason(text: str | None) -> Reason | None:
    return None if text is None else Reason(text)


def _since(at: int | None) -> datetime:
    return NEVER if at is None else moment(at)
