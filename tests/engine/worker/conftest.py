"""Workers with hostile plugins, opened and closed."""

from ipaddress import ip_network
from pathlib import Path

import pytest
import pytest_asyncio
from engine.worker.place import Place, install

from monitor.clock import SystemClock
from monitor.engine.worker import Workers
from monitor.settings import Egress, PluginSettings, Settings
from monitor.vitals import Vitals

OURS = "datashare-monitor-freshness"
STRICT = PluginSettings(memory_bytes=64 << 20, cpu_seconds=0.5, in_flight=2)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A directory in which two plugins look installed."""
    found = tmp_path_factory.mktemp("site")
    source = Path(__file__).with_name("hostile_plugin.py").read_text()
    install(found, "hostile", source)
    install(found, "neighbour", source.replace('"act"', '"kind-act"').replace('"thread-act"', '"kind-thread-act"'))
    install(found, "ours", source.replace('"act"', '"our-act"').replace('"thread-act"', '"our-thread-act"'), OURS)
    install(found, "broken", "import no_such_module")
    install(found, "exiting", "import sys; sys.exit(3)")
    install(found, "dying", "import os; os._exit(3)")
    return found


def opened_at(site: Path, settings: Settings | None = None) -> Place:
    vitals = Vitals()
    return Place(Workers(settings or Settings(), SystemClock(), vitals, paths=[str(site)]), vitals)


@pytest_asyncio.fixture(loop_scope="module")
async def opened(site):
    """A function that opens workers of the test's own, with the settings given."""
    places = []

    def open_place(settings: Settings | None = None) -> Place:
        places.append(opened_at(site, settings))
        return places[-1]

    yield open_place
    for place in places:
        await place.workers.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(site):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NOTIFY_SOCKET", "/run/systemd/notify")
        patch.setenv("HTTPS_PROXY", "http://proxy.example")
        patch.setenv("DATABASE_PASSWORD", "canary-7193")
        place = opened_at(site)
        yield place
    await place.workers.close()


@pytest_asyncio.fixture(loop_scope="module")
async def place(shared):
    """Workers in which both plugins are warm and nothing has happened yet."""
    await shared.start_over("hostile", "neighbour")
    return shared


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_and_strict(site):
    place = opened_at(site, Settings(plugins={"hostile": STRICT}, egress=Egress(deny=(ip_network("127.0.0.0/8"),))))
    yield place
    await place.workers.close()


@pytest_asyncio.fixture(loop_scope="module")
async def strict(shared_and_strict):
    """Workers that give the hostile plugin very little, and no network."""
    await shared_and_strict.start_over("hostile")
    return shared_and_strict
