"""Heartbeats: what a target that cannot be looked at reports by itself, and the inbox in which a probe finds it."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Protocol, TypeGuard, cast, runtime_checkable

from monitor.plugin.secret import Secret


class HeartbeatState(StrEnum):
    """What a heartbeat says."""

    START = "start"
    SUCCESS = "success"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """One report of a target. Its texts are the sender's.

    Attributes:
        received: UTC.
        readings: Finite numbers by name.
        run_id: Tells runs apart that overlap; empty when the sender does not say.
        sent: When it was sent, by the sender's clock; None when it does not say.
        nonce: A text that no other heartbeat has; empty when there is none.
    """

    received: datetime
    state: HeartbeatState = HeartbeatState.SUCCESS
    message: str = ""
    readings: Mapping[str, float] = field(default_factory=dict)
    run_id: str = ""
    sent: datetime | None = None
    nonce: str = ""


class Inbox(Protocol):
    """The newest heartbeats of one check; after a start of the monitor those from before it, if a history is kept."""

    @property
    def since(self) -> datetime:
        """From when on heartbeats have been taken: silence just before it means nothing."""
        ...

    def newest(self, *states: HeartbeatState) -> Heartbeat | None:
        """Return the newest heartbeat in one of these states, or in any when none is named; None without one."""
        ...


@runtime_checkable
class Listener(Protocol):
    """A probe whose target reports in, at ``/api/v1/heartbeats/{agency}/{target}/{check}``."""

    def heartbeat_token(self) -> Secret:
        """Return the secret that a sender must know."""
        ...

    def heartbeat_fault(self, heartbeat: Heartbeat) -> str:
        """Return why a heartbeat cannot be taken, with a remedy for its sender; empty when it can."""
        ...


def listens(probe: object) -> TypeGuard[Listener]:
    """Tell whether a probe is a Listener: quickly, as an inventory has a hundred thousand that are not."""
    return _listens(cast("Hashable", type(probe)))


@lru_cache(maxsize=512)
def _listens(probe: Hashable) -> bool:
    return isinstance(probe, type) and issubclass(probe, Listener)
