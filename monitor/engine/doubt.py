"""What a result is worth: whether to believe it, to call it our own fault, or to look again."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress

from monitor.engine.explanation import is_ambiguous
from monitor.engine.needs import Network
from monitor.engine.run import Run
from monitor.engine.witness import Witness, is_loopback
from monitor.inventory import Check
from monitor.observation import Observation, Reason, Status, unknown
from monitor.plugin.errors import ProbeError

SMALL = 0.1
"""A timeout is believed when the loop stood still for a smaller share of the run: the target was silent all the rest.
Without this, a target that hangs for half a minute would be unknown for ever once the loop stutters that often."""
LOOKUPS = 50
"""So many names are looked up afresh at once at most."""


def is_distrusted(run: Run, observation: Observation) -> bool:
    """Tell whether the loop stood still so long during a run that its result is worth nothing."""
    return observation.reason is not Reason.TIMEOUT or run.lost_seconds >= SMALL * run.duration_seconds


def is_answer(observation: Observation) -> bool:
    """Tell whether the target was heard, so that the network between us must work."""
    return observation.status is not Status.UNKNOWN and not is_ambiguous(observation)


class Doubt:
    """Looks into failures that our own network may have caused."""

    def __init__(self, witness: Witness, network: Network, monotonic: Callable[[], float]) -> None:
        self._witness = witness
        self._network = network
        self._monotonic = monotonic
        self._lookups: dict[str, asyncio.Task[bool]] = {}

    def answered(self, agency: str, run: Run) -> None:
        """Note that a target beyond this machine was heard."""
        self._witness.answered(agency, run.check.host, run.ended)

    def cut_off(self, agency: str, run: Run) -> None:
        """Note that our own network has no route to a target."""
        self._witness.cut_off(agency, place(run.check), run.ended)

    def keep(self, checks: Iterable[Check]) -> None:
        """Forget the evidence of all other checks; those of this machine itself say nothing about the network."""
        checks = tuple(check for check in checks if not is_loopback(check.host))
        self._witness.crowd.keep((check.agency for check in checks), (place(check) for check in checks))

    async def is_our_network(self, run: Run) -> bool:
        """Tell whether the witnesses blame our own network for an ambiguous failure."""
        check = run.check
        return await self._witness.network_failed(check.agency, place(check), run.began, run.ended)

    async def resolves_after_all(self, run: Run) -> bool:
        """Tell whether the name that failed is known to a fresh resolver; it may take as long as the run has left."""
        host = run.check.host
        task = self._lookups.get(host)
        if task is None:
            if not host or len(self._lookups) >= LOOKUPS:
                return False
            task = self._lookups[host] = asyncio.get_running_loop().create_task(self._lookup(host))
            task.add_done_callback(lambda _: self._lookups.pop(host, None))
        left = run.began + run.check.timeout.total_seconds() - self._monotonic()
        done, _ = await asyncio.wait((task,), timeout=max(left, 0.0))
        return bool(done) and not task.cancelled() and task.result()

    def close(self) -> None:
        """Give up every question."""
        self._witness.close()
        for task in self._lookups.values():
            task.cancel()

    async def _lookup(self, host: str) -> bool:
        with suppress(ProbeError, OSError):
            await self._network.resolve_fresh(host)
            return True
        return False


def place(check: Check) -> str:
    """Return what stands for the host of a check, for one without a host too."""
    return check.host or check.target


def of_our_network(observation: Observation) -> Observation:
    """Return an observation that calls a failure our own network's."""
    detail = f"the monitor's own network failed: {observation.detail}"
    return unknown(Reason.NETWORK, detail, *observation.readings)


def of_lag(run: Run) -> Observation:
    """Return the observation for a run that met a lag twice in a row."""
    return unknown(
        Reason.LAGGED, f"the monitor stood still for {run.lost_seconds:.2f} s while it looked, twice in a row"
    )
