"""In a plugin's process waiting for the network is told from computing, and what stays in the daemon is refused."""

import asyncio
from datetime import timedelta

import pytest

from monitor.clock import SystemClock
from monitor.engine.worker.scope import Scope
from monitor.network import Network
from monitor.observation import Reason
from monitor.plugin import ProbeError, up
from monitor.testing.looks import SETTINGS, check_of
from monitor.vitals import Vitals


class Nothing:
    async def observe(self, vantage):
        return up()


async def test_waiting_for_an_echo_is_waiting_for_the_network():
    network = Network(SETTINGS, SystemClock(), Vitals())
    vantage = network.vantage(check_of(Nothing(), timedelta(seconds=5)), SystemClock().monotonic() + 5)
    scope = Scope(vantage, {})
    try:
        async with scope.echoes("127.0.0.1") as echoes:
            receiving = asyncio.create_task(echoes.receive())
            await asyncio.sleep(0)
            is_waiting = scope.is_waiting
            echoes.send(3, b"x")
            echo = await receiving
    except ProbeError as error:
        pytest.skip(str(error))
    finally:
        vantage.close()
        await network.close()

    assert is_waiting
    assert not scope.is_waiting
    assert echo.number == 3


def test_heartbeats_do_not_reach_a_process_of_a_plugin():
    scope = Scope(None, {})

    with pytest.raises(ProbeError, match="run: in_loop") as caught:
        _ = scope.inbox

    assert caught.value.reason is Reason.PLUGIN
