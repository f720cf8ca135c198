"""One check, looked at as the daemon would, by hand: once, or again and again over one network."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Protocol

from monitor.inventory import Check, Inventory
from monitor.network import Network
from monitor.network.sight import NOTHING, Handshake, Seen, Sight
from monitor.outcome import Outcome
from monitor.plugin.vantage import TlsConfig
from monitor.settings import Settings

FACTS_WITHIN_SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one look brought.

    Attributes:
        seen: What the network saw meanwhile; nothing of a probe that runs in a worker.
        refused: How many of its readings the daemon would not keep.
    """

    outcome: Outcome
    seen: Seen = NOTHING
    refused: int = 0


class Looking(Protocol):
    """Whatever can be asked for a finding, again and again."""

    async def once(self) -> Finding:
        """Return what is seen now."""
        ...

    async def with_chains(self, finding: Finding) -> Finding:
        """Return a finding with the certificates that were refused."""
        ...


class Looker:
    """Looks at one check as often as it is asked to."""

    def __init__(self, settings: Settings, inventory: Inventory, check: Check) -> None:
        from monitor.clock import SystemClock
        from monitor.engine import Engine
        from monitor.engine.worker import Workers
        from monitor.vitals import Vitals

        self._clock, self._vitals, self._sight = SystemClock(), Vitals(), Sight(check.id)
        self._check = check
        self._inventory = replace(inventory, checks={check.id: check})
        self._network = Network(settings, self._clock, self._vitals, self._sight, environment=os.environ)
        self._network.exchanges.replace(inventory)
        self._workers = Workers(settings, self._clock, self._vitals, exchanges=self._network.exchanges)
        self._engine = Engine(settings, self._clock, self._vitals, self._network, self._workers, emit=lambda _: None)

    async def start(self) -> None:
        """Make ready."""
        await self._network.start()
        await self._workers.start(self._inventory)

    async def close(self) -> None:
        """Give everything back."""
        await self._workers.close()
        await self._network.close()

    async def once(self) -> Finding:
        """Look once."""
        before = self._refused()
        self._sight.take()
        outcome = await self._engine.run_once(self._check)
        return Finding(outcome=outcome, seen=self._sight.take(), refused=self._refused() - before)

    async def with_chains(self, finding: Finding) -> Finding:
        """Return the finding with the certificates that were refused: one more handshake each, which trusts anybody."""
        handshakes = [await self._complete(one) for one in finding.seen.handshakes]
        self._sight.take()
        return replace(finding, seen=replace(finding.seen, handshakes=tuple(handshakes)))

    async def _complete(self, handshake: Handshake) -> Handshake:
        if handshake.facts is not None or handshake.peer is None:
            return handshake
        address, port = handshake.peer
        vantage = self._network.vantage(self._check, self._clock.monotonic() + FACTS_WITHIN_SECONDS)
        anybody = TlsConfig(server_name=handshake.name, insecure_skip_verify=True)
        try:
            # They are a courtesy: a peer that does not show them a second time shall not spoil the verdict.
            with suppress(Exception):
                async with asyncio.timeout(FACTS_WITHIN_SECONDS):
                    return replace(handshake, facts=await vantage.certificates(address, port, anybody))
        finally:
            vantage.close()
        return handshake

    def _refused(self) -> int:
        return int(self._vitals.readings_refused.total() + self._vitals.series_dropped.total())


@asynccontextmanager
async def looking(settings: Settings, inventory: Inventory, check: Check) -> AsyncIterator[Looker]:
    """Make everything ready to look at a check, made as the daemon makes it."""
    looker = Looker(settings, inventory, check)
    try:
        await looker.start()
        yield looker
    finally:
        await looker.close()
