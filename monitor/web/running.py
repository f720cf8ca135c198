"""The running monitor, as the web sees it."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.metadata import version
from typing import Protocol

from aiohttp import web

from monitor.clock import Clock
from monitor.inventory import CheckId, Inventory, ProgrammeId, TargetId
from monitor.judge.path import Trace
from monitor.outcome import Confirmed, Fault, Outcome
from monitor.plugin.heartbeat import Heartbeat
from monitor.plugin.secret import Secret
from monitor.settings import Settings
from monitor.vitals import Vitals
from monitor.web.probing.endpoint import OFF, Probing


class Exposition(Protocol):
    """Metrics, ready to be written out."""

    @property
    def samples(self) -> int:
        """How many samples there are in all."""
        ...

    def chunks(self, index: int = 0, count: int = 1, *, openmetrics: bool = False) -> Iterator[bytes]:
        """Yield slice ``index`` of ``count`` in pieces that are quick to make."""
        ...


class Newest(Protocol):
    """Outcomes that are still in memory."""

    def of(self, check_id: CheckId) -> Outcome | None:
        """Return the newest outcome of a check, or None when no run has ended yet."""
        ...

    def recent(self, check_id: CheckId) -> list[Outcome]:
        """Return outcomes that are kept of a check, the oldest first."""
        ...

    def failures(self, check_id: CheckId) -> list[Outcome]:
        """Return failures that are kept of a check, the oldest first."""
        ...


class Inbox(Protocol):
    """Takes the heartbeats of one check."""

    def put(self, heartbeat: Heartbeat) -> None:
        """Take one.

        Raises:
            ReplayedError: It may have come before.
            TooOftenError: Too many have come.
        """
        ...

    def forgive(self, heartbeat: Heartbeat) -> None:
        """Let one that was taken come once more."""
        ...

    def content(self, cover: Callable[[str], str]) -> bytes:
        """Return what is to outlive a restart, texts covered."""
        ...


@dataclass(frozen=True, kw_only=True)
class Running:
    """All that a page or the API may ask of the daemon.

    Attributes:
        settings: Those in force.
        started: When the daemon began, UTC.
        inventory: Returns the inventory in force.
        configured: Returns the settings as the files had them at the start, without what the command line changed.
        state: Returns the confirmed state of a check, a system or a connection; ``PENDING`` for one that has none yet.
        fault: Returns where a connection is broken; None when nothing is known to be, or not yet where.
        trace: Returns where a connection stands, hop by hop; None when the judge has none of this id.
        reload: Loads the configuration anew and returns the errors that kept it from coming into force, if any.
        probing: What answers /probe.
        unready: Returns why the daemon is not ready; empty when it is.
        inbox: Returns where the heartbeats of a check go.
        keep: Writes something to the history under a name, and returns once it is on the disk; None without a history.
        reveal: Returns the text of a secret; raises ProbeError when it cannot be read.
        recheck: Has a check look once more, at once.
        counted: Returns how many members of a programme were connected on the days before, and how many had to be.
    """

    settings: Settings
    clock: Clock
    vitals: Vitals
    started: datetime
    inventory: Callable[[], Inventory]
    configured: Callable[[], Settings]
    state: Callable[[str], Confirmed]
    fault: Callable[[TargetId], Fault | None]
    trace: Callable[[TargetId], Trace | None]
    newest: Newest
    metrics: Exposition
    reload: Callable[[], Awaitable[Sequence[str]]]
    unready: Callable[[], str]
    inbox: Callable[[CheckId], Inbox]
    reveal: Callable[[Secret], str]
    recheck: Callable[[CheckId], None]
    keep: Callable[[CheckId, bytes], Awaitable[None]] | None = None
    counted: Callable[[ProgrammeId], Sequence[tuple[date, float, float]]] = lambda _: ()
    probing: Probing = OFF
    version: str = field(default_factory=lambda: version("datashare-monitor"))


RUNNING = web.AppKey("running", Running)
