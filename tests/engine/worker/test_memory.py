"""A probe in a worker reads its memory, and what it writes there comes back if its run ends well."""

import base64
from dataclasses import replace

import pytest
import pytest_asyncio
from engine.worker.place import Place, check, install

from monitor.clock import SystemClock
from monitor.engine.worker import Workers
from monitor.engine.worker.report import read
from monitor.engine.worker.wire import GarbageError
from monitor.measure import Label, Measure, MeasureKind
from monitor.network.exchanges import KnownExchanges
from monitor.network.veil import Veil
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.exchange import Exchange
from monitor.plugin.memory import MOST_MEMORY_BYTES
from monitor.settings import Settings
from monitor.vitals import Vitals

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLUGIN = '''
from dataclasses import dataclass
from datetime import date
from monitor.plugin import ExternalIds, Label, Measure, MeasureKind, ProbeKind, hookimpl, up

CALLS = Measure("exchange_calls_total", "Calls.", MeasureKind.INCREMENT, (Label("consumer"),))

@dataclass(frozen=True, kw_only=True)
class Remembers:
    """Remembers."""

    act: str
    text: str = ""

    async def observe(self, vantage):
        if self.act == "ignorant":
            return up()
        if self.act == "exchanges":
            found = vantage.exchanges(ExternalIds("wso2"))
            return up(detail=" ".join(f"{name}={one.connection}" for name, one in found.items()))
        before = vantage.memory.read().decode()
        vantage.memory.write((before + self.text).encode())
        if self.act == "fails":
            raise RuntimeError
        if self.act == "stalls":
            await asyncio.sleep(3600)
        if self.act == "too much":
            vantage.memory.write(bytes(256 * 1024 + 1))
        return up(CALLS(2, consumer="hue").on(date(2026, 2, 1)), detail=before)

@dataclass(frozen=True, kw_only=True)
class InThread:
    """Remembers, in a thread."""

    act: str
    text: str = ""

    def observe(self, vantage):
        vantage.memory.write(vantage.memory.read() + self.text.encode())
        return up()

@hookimpl
def monitor_kinds():
    yield ProbeKind("remembers", Remembers, measures=[CALLS])
    yield ProbeKind("in-thread", InThread)
'''
CALLS = Measure("exchange_calls_total", "Calls.", MeasureKind.INCREMENT, (Label("consumer"),))


class Memories:
    content = b""
    refusal = ""

    def read(self, check_id):
        if self.refusal:
            raise ProbeError(Reason.RESOURCES, self.refusal)
        return self.content


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory):
    site = tmp_path_factory.mktemp("remembering")
    install(site, "remembering", PLUGIN)
    exchanges, memories, vitals = KnownExchanges(), Memories(), Vitals()
    workers = Workers(Settings(), SystemClock(), vitals, paths=[str(site)], exchanges=exchanges, memories=memories)
    found = Place(workers, vitals)
    found.memories, found.exchanges = memories, exchanges
    yield found
    await workers.close()


@pytest.fixture(autouse=True)
def _blank(place):
    place.memories.content, place.memories.refusal = b"", ""


def remembers(act, text="", *, kind="remembers", systems=(), timeout=20.0):
    made = check(act, text, plugin="remembering", kind=kind, timeout=timeout)
    return replace(made, probe=replace(made.probe, systems=systems), measures={CALLS.name: CALLS})


@pytest.mark.parametrize("kind", ["remembers", "in-thread"])
async def test_memory_goes_to_the_worker_and_comes_back(place, kind):
    place.memories.content = b"1"

    seen = await place.look(remembers("well", "2", kind=kind))

    assert seen.result.memory == b"12"


async def test_largest_memory_fits(place):
    place.memories.content = b"x" * (MOST_MEMORY_BYTES - 1)

    seen = await place.look(remembers("well", "2"))

    assert len(seen.result.memory) == MOST_MEMORY_BYTES


async def test_increment_keeps_its_day(place):
    seen = await place.look(remembers("well"))

    [found] = seen.observation.readings
    assert (found.labels, found.value, str(found.day)) == (("hue",), 2, "2026-02-01")


@pytest.mark.parametrize("act", ["fails", "too much"])
async def test_memory_of_a_run_that_fails_is_dropped(place, act):
    seen = await place.look(remembers(act, "2"))

    assert seen.reason is Reason.PLUGIN
    assert seen.result.memory is None


async def test_memory_of_a_run_out_of_time_is_dropped(place):
    await place.look(remembers("well"))

    seen = await place.look(remembers("stalls", "2", timeout=0.3))

    assert seen.result.memory is None


async def test_memory_that_cannot_be_read_concerns_only_who_asks_for_it(place):
    place.memories.refusal = "the history cannot be read now"

    asked, others = await place.look(remembers("well")), await place.look(remembers("ignorant"))

    assert (asked.reason, asked.detail) == (Reason.RESOURCES, "the history cannot be read now")
    assert others.reason is None


async def test_names_of_connections_are_told_and_told_anew_when_they_change(place):
    def known(count):
        names = [f"APP-{number}" for number in range(count)]
        return {name: Exchange(connection=f"a/{name.lower()}", consumer="a", service="b/c") for name in names}

    place.exchanges.learn("wso2", known(2))
    first = await place.look(remembers("exchanges", systems=("wso2",)))
    place.exchanges.learn("wso2", known(1))
    second = await place.look(remembers("exchanges", systems=("wso2",)))
    without = await place.look(remembers("exchanges"))

    assert first.detail == "APP-0=a/app-0 APP-1=a/app-1"
    assert second.detail == without.detail == "APP-0=a/app-0"


async def test_thousands_of_connections_are_told(place):
    place.exchanges.learn(
        "wso2",
        {f"A{n}": Exchange(connection=f"a/{n:060}", consumer=f"b/{n:060}", service=f"c/{n:060}") for n in range(9000)},
    )

    seen = await place.look(remembers("exchanges", systems=("wso2",)))

    assert seen.detail.startswith("A0=a/000")


@pytest.mark.parametrize("memory", ["§", 5, None, base64.b64encode(bytes(MOST_MEMORY_BYTES + 1)).decode()])
async def test_memory_that_is_none_is_garbage(memory):
    message = {"run": 1, "status": "up", "reason": None, "detail": "", "fault": None, "memory": memory}

    with pytest.raises(GarbageError):
        read(message, remembers("well"), Veil(), Vitals())


@pytest.mark.parametrize("day", ["yesterday", 5, None])
async def test_day_that_is_none_is_garbage(day):
    message = {"run": 1, "status": "up", "reason": None, "detail": "", "fault": None}
    message["readings"] = [[CALLS.name, 1, ["hue"], day]]

    with pytest.raises(GarbageError):
        read(message, remembers("well"), Veil(), Vitals())
