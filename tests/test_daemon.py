"""What ends a start is named for what it is; and what comes in while a configuration is put into force counts."""

import asyncio
import socket
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from fakeclock import FakeClock

from monitor.config import Loaded
from monitor.daemon import Daemon, NotListeningError
from monitor.inventory import AgencyId, Check, CheckId, Connection, Inventory, Stage, StageChange, TargetId
from monitor.observation import up
from monitor.plugin.heartbeat import Heartbeat, HeartbeatState
from monitor.plugin.secret import Secret
from monitor.settings import Settings, Web


class Deaf:
    watchdog = None

    def tell(self, *states):
        raise OSError(5, "Input/output error")


def daemon(port: int, address: str = "127.0.0.1") -> Daemon:
    settings = replace(Settings(), web=Web(address=ip_address(address), port=port))
    return Daemon(Path("nowhere"), settings, asyncio.Event())


@pytest.mark.parametrize(("address", "written"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
async def test_an_address_that_is_taken_is_named_with_a_remedy(address, written):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(NotListeningError) as failure:
            await daemon(port, address).run(Loaded(settings=Settings(), inventory=Inventory()))

    assert str(failure.value).startswith(f"cannot listen on {written}:{port}: ")
    assert str(failure.value).endswith("; name another address with --listen")


async def test_any_other_failure_is_not_blamed_on_the_address():
    broken = daemon(0)
    broken.supervisor = Deaf()

    with pytest.raises(OSError, match="Input/output error"):
        await broken.run(Loaded(settings=Settings(), inventory=Inventory()))


@dataclass(frozen=True)
class Reports:
    """Takes every heartbeat."""

    async def observe(self, vantage):
        return up()

    def heartbeat_token(self):
        return Secret(env="TOKEN")

    def heartbeat_fault(self, heartbeat):
        return ""


async def test_a_heartbeat_taken_while_a_configuration_is_put_into_force_is_kept():
    starting, every = daemon(0), timedelta(hours=1)
    id_ = CheckId("hue/files/backup")
    check = Check(id=id_, kind="heartbeat", plugin="heartbeat", probe=Reports(), every=every, timeout=every)
    loaded = Loaded(settings=Settings(), inventory=Inventory(checks={id_: check}))

    coming = asyncio.create_task(starting._put_into_force(loaded))
    while id_ not in starting.running.inventory().checks:  # noqa: ASYNC110 - the very turn in which it becomes known
        await asyncio.sleep(0)
    starting.running.inbox(id_).put(Heartbeat(received=datetime.now(UTC), state=HeartbeatState.SUCCESS))
    await coming

    assert starting.network.heartbeats.box(id_).newest() is not None


async def test_connection_rests_from_midnight_of_its_zone_on_and_wakes_without_a_reload():
    starting, every = daemon(0), timedelta(hours=1)
    starting.clock = FakeClock(datetime(2026, 5, 4, 16, 59, 50, tzinfo=UTC))  # ten seconds to midnight in Hà Nội
    link = TargetId("hue/land")
    id_ = CheckId("hue/land/lookup")
    stages = ((Stage.LIVE, date(2026, 1, 1)), (Stage.SUSPENDED, date(2026, 5, 5)), (Stage.LIVE, date(2026, 5, 6)))
    connection = Connection(
        id=link,
        agency=AgencyId("hue"),
        consumer=AgencyId("hue"),
        provider=TargetId("b/db"),
        stages=tuple(StageChange(stage=stage, on=on) for stage, on in stages),
    )
    check = Check(id=id_, kind="http", plugin="http", probe=Reports(), every=every, timeout=every)
    whole = Inventory(checks={id_: check}, connections={link: connection})
    await starting._put_into_force(Loaded(settings=Settings(), inventory=whole))

    seen = []
    for seconds in (0, 20, 86_400):
        starting.clock.advance(seconds)
        await starting.turn_day()
        seen.append((id_ in starting.inventory.checks, bool(starting.inventory.resting)))

    assert seen == [(True, False), (False, True), (True, False)]
    assert starting.judge.state(link).reason == "pending"
