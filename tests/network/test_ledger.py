"""Phases add up and are readable at any moment; closing the books cuts what is open."""

import asyncio

import pytest

from monitor.network.ledger import Ledger
from monitor.observation import Reason
from monitor.plugin import ProbeError


def test_phases_of_one_name_add_up():
    ledger = Ledger(0.0)
    first, second = ledger.lap(), ledger.lap()
    first.turn("tls", 10.0)
    second.turn("tls", 20.0)

    first.turn("transfer", 11.5)
    second.turn("", 20.25)
    first.turn("", 12.0)

    assert ledger.seconds == {"tls": 1.75, "transfer": 0.5}


def test_whoever_did_not_notice_the_end_may_still_finish():
    ledger = Ledger(0.0)
    lap = ledger.lap()
    lap.turn("connect")
    ledger.close()

    ledger.finish(lap)

    assert set(ledger.phases()) == {"connect"}


def test_a_running_phase_counts_up_to_now():
    ledger = Ledger(0.0)
    ledger.lap().turn("connect")

    assert set(ledger.phases()) == {"connect"}
    assert ledger.seconds == {}


async def test_closing_cuts_what_is_open_and_opens_nothing_more(serve):
    async def talk(reader, writer):
        await reader.read()

    server = await serve(talk)
    ledger = Ledger(0.0)
    lost = asyncio.get_running_loop().create_future()

    class Watch(asyncio.Protocol):
        def connection_lost(self, exc):
            lost.set_result(exc)

    transport, _ = await asyncio.get_running_loop().create_connection(Watch, "127.0.0.1", server.port)
    ledger.opened.add(transport)
    ledger.lap().turn("processing")

    ledger.close()
    await asyncio.wait_for(lost, 1)

    assert "processing" in ledger.seconds
    with pytest.raises(ProbeError) as caught:
        ledger.check()
    assert caught.value.reason is Reason.TIMEOUT
