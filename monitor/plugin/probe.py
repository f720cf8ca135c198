"""Probes: the Protocol a probe fulfils and the record that offers one."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from monitor.measure import Measure
from monitor.observation import Observation
from monitor.plugin.vantage import Vantage

CONTRACT = 1
"""The version of what this package promises. A plugin module may state ``MONITOR_CONTRACT``; no word means 1."""


class Probe(Protocol):
    """A configured way of looking: a frozen dataclass whose fields are the ``with:`` keys of a check.

    A probe whose ``observe`` is an ordinary function is run in a thread. One whose readings depend on its configuration
    has a method ``measures()`` as well, which returns the measures of this instance. One that has to put something
    right at its target when a run is cancelled, as by a reload, has a ``leaves_within`` too, a ``timedelta`` of 10 s at
    most: so long its connections are left to it.
    """

    async def observe(self, vantage: Vantage) -> Observation:
        """Look once.

        Return a verdict if there was an answer; let network errors propagate if there was none. The engine has the
        timeout; a probe has none of its own, does not retry, does not log and keeps nothing between two looks.
        """
        ...


class Where(StrEnum):
    """Where the runs of a probe kind take place."""

    IN_LOOP = "in_loop"
    THREAD = "thread"
    """A synchronous ``observe``."""
    WORKER = "worker"
    """A process of its own: every plugin that is not ours, unless the operator says otherwise."""


@dataclass(frozen=True, slots=True)
class ProbeKind:
    """A kind of probe on offer.

    Attributes:
        name: What configuration writes after ``probe:``; lower-case letters, digits and hyphens.
        probe: A frozen dataclass with an ``observe`` method; its docstring is shown by ``datashare-monitor plugins``.
        measures: All that its observations may carry.
        worker: Whether it always runs in a worker process: for what keeps a processor busy.
    """

    name: str
    probe: type[Any]
    measures: Sequence[Measure] = ()
    worker: bool = False
