"""A stage for the engine: a network without a network, checks made in one line, outcomes collected."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from monitor.clock import SystemClock
from monitor.engine import Engine
from monitor.inventory import Check, CheckId, Inventory
from monitor.observation import up
from monitor.outcome import Outcome
from monitor.settings import Settings, Witnesses
from monitor.vitals import Vitals

QUIET = Settings(witnesses=Witnesses(gateway=False, resolver=False))


class BareVantage:
    """A vantage that leads nowhere."""

    name = "here"

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.phases: dict[str, float] = {}
        self.noted: list = []
        self.remembered: bytes | None = None
        self.is_closed = False

    def now(self) -> datetime:
        return datetime.now(UTC)

    def note(self, *readings) -> None:
        self.noted.extend(readings)

    @contextmanager
    def phase(self, name: str):
        yield
        self.phases[name] = 0.001

    def covered(self, text: str) -> str:
        return text.replace("canary", "***")

    def close(self) -> None:
        self.is_closed = True


@dataclass
class BareNetwork:
    """Gives bare vantages, and answers for names from a set."""

    names: set[str] = field(default_factory=set)
    vantages: list[BareVantage] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def vantage(self, check: Check, deadline: float) -> BareVantage:
        self.vantages.append(BareVantage(deadline))
        return self.vantages[-1]

    async def resolve_fresh(self, host: str) -> tuple:
        self.asked.append(host)
        if host not in self.names:
            raise OSError(host)
        return ()


@dataclass(frozen=True)
class Does:
    """A probe that does what a function does."""

    look: Callable

    async def observe(self, vantage):
        return await self.look(vantage)


async def is_up(vantage):
    return up()


def check(
    name: str = "agency/target/check", look: Callable = is_up, *, every: float = 0.2, timeout: float = 0.1, **more
) -> Check:
    more.setdefault("probe", Does(look))
    more.setdefault("fingerprint", f"{name} {id(look)} {every} {timeout}")
    return Check(
        id=CheckId(name),
        kind="staged",
        plugin="stage",
        every=timedelta(seconds=every),
        timeout=timedelta(seconds=timeout),
        **more,
    )


def inventory(*checks: Check) -> Inventory:
    return Inventory(checks={each.id: each for each in checks})


class Stage:
    """An engine and all that it handed on."""

    def __init__(
        self, settings: Settings = QUIET, clock=None, network: BareNetwork | None = None, workers=None
    ) -> None:
        self.vitals = Vitals()
        self.outcomes: list[Outcome] = []
        self.arrived: list[float] = []
        self.network = network or BareNetwork()
        self.clock = clock or SystemClock()
        self.engine = Engine(settings, self.clock, self.vitals, self.network, workers, self._take)
        self._news = asyncio.Event()

    def _take(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.arrived.append(self.clock.monotonic())
        self._news.set()

    def of(self, name: str) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.check == name]

    async def until(self, condition: Callable[[], bool], within: float = 5.0) -> None:
        async with asyncio.timeout(within):
            while not condition():
                self._news.clear()
                try:
                    await asyncio.wait_for(self._news.wait(), 0.02)
                except TimeoutError:
                    continue

    async def outcome_of(self, name: str, count: int = 1) -> Outcome:
        await self.until(lambda: len(self.of(name)) >= count)
        return self.of(name)[count - 1]


@asynccontextmanager
async def staged(*checks: Check, **more):
    """Run an engine with these checks."""
    stage = Stage(**more)
    stage.engine.replace(inventory(*checks))
    running = asyncio.create_task(stage.engine.run())
    try:
        yield stage
    finally:
        await stage.engine.stop(timedelta(seconds=0.2))
        await running
