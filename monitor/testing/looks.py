"""Looks once at a target as the daemon does: the real network, the real deadline, the real table of errors."""

import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from inspect import iscoroutinefunction
from ipaddress import ip_network
from typing import Any, TypeVar

from monitor.clock import SystemClock
from monitor.config.wire import carried
from monitor.engine import Engine
from monitor.engine.worker import Workers
from monitor.inventory import Check, CheckId
from monitor.measure import Measure
from monitor.network import Network
from monitor.observation import Observation
from monitor.outcome import Outcome
from monitor.plugin.exchange import Exchanges
from monitor.plugin.form import form
from monitor.plugin.probe import Probe, ProbeKind, Where
from monitor.settings import Egress, Nameservers, Settings, Witnesses
from monitor.vitals import Vitals

Filled = TypeVar("Filled")

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
SETTINGS = Settings(
    vantage="test", egress=Egress(allow=LOOPBACK, sockets=("/",)), witnesses=Witnesses(gateway=False, resolver=False)
)
"""A test talks to this machine and to nobody else."""


def configured(probe: type[Filled], settings: Mapping[str, Any]) -> Filled:
    """Return a probe, filled from what a check has under ``with:``; every rule of the configuration holds.

    Raises:
        ValueError: The daemon would refuse these settings, too.
        pickle.UnpicklingError: The probe keeps what the process that reads configuration cannot hand over: anything but
            plain values, its own dataclasses and its own enums.
    """
    filled: Filled = form(probe).fill(json.dumps(settings))
    if "<locals>" not in probe.__qualname__:
        carried(filled, {probe.__module__.partition(".")[0]})
    return filled


async def look(
    probe: Probe, *, within: timedelta = timedelta(seconds=5), nameservers: Sequence[str] = ()
) -> Observation:
    """Look once and return what the daemon would have seen: it never raises, whatever the probe does.

    Readings of measures that the plugin does not declare are missing, as they would be on /metrics.
    """
    return (await run(probe, within=within, nameservers=nameservers)).observation


async def run(
    probe: Probe,
    *,
    within: timedelta = timedelta(seconds=5),
    nameservers: Sequence[str] = (),
    memory: bytes = b"",
    exchanges: Mapping[str, Exchanges] | None = None,
) -> Outcome:
    """Look once and return the whole record of the run, phases and duration included.

    Args:
        probe: What looks.
        within: The timeout.
        nameservers: Whom to ask for addresses, ``address:port``; those of this machine when there are none.
        memory: What the probe finds in its memory; what it writes there is the ``memory`` of the outcome.
        exchanges: By system, the connections of the inventory under the names they have there.
    """
    clock, vitals = SystemClock(), Vitals()
    settings = replace(SETTINGS, nameservers=Nameservers(servers=tuple(nameservers)))
    network = Network(settings, clock, vitals, environment=os.environ, memories=Remembered(memory))
    for system, names in (exchanges or {}).items():
        network.exchanges.learn(system, names)
    engine = Engine(settings, clock, vitals, network, Workers(settings, clock, vitals), lambda _: None)
    try:
        return await engine.run_once(check_of(probe, within))
    finally:
        await engine.stop(timedelta(0))
        await network.close()


@asynccontextmanager
async def looking(
    within: timedelta = timedelta(seconds=5),
) -> AsyncIterator[Callable[[Probe], Awaitable[Outcome]]]:
    """Yield a function that looks once, as ``run`` does; tokens are kept from look to look, as in the daemon."""
    clock, vitals = SystemClock(), Vitals()
    network = Network(SETTINGS, clock, vitals)
    engine = Engine(SETTINGS, clock, vitals, network, Workers(SETTINGS, clock, vitals), lambda _: None)
    try:
        yield lambda probe: engine.run_once(check_of(probe, within))
    finally:
        await engine.stop(timedelta(0))
        await network.close()


@dataclass(frozen=True, slots=True)
class Remembered:
    """What every check has kept."""

    content: bytes

    def read(self, check: CheckId) -> bytes:  # noqa: ARG002
        """Return it."""
        return self.content


def check_of(probe: Probe, within: timedelta) -> Check:
    """Return a check of some target with this probe."""
    measures = {measure.name: measure for measure in measures_of(probe)}
    where = Where.IN_LOOP if iscoroutinefunction(probe.observe) else Where.THREAD
    return Check(
        id=CheckId("test/target/check"), kind="test", plugin="test", probe=probe, every=within * 2, timeout=within,
        where=where, measures=measures,
    )  # fmt: skip


def measures_of(probe: Probe) -> Iterable[Measure]:
    """Return what a probe may report: what it says itself, and what its plugin says of its kind."""
    own = getattr(probe, "measures", None)
    if callable(own):
        yield from own()
    plugin = sys.modules[type(probe).__module__.partition(".")[0]]
    for kind in getattr(plugin, "monitor_kinds", tuple)():
        if isinstance(kind, ProbeKind) and kind.probe is type(probe):
            yield from kind.measures
