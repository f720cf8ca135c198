"""A run reads what the newest one wrote, and writes no more than a memory holds."""

import time
from datetime import timedelta

import pytest

from monitor.clock import SystemClock
from monitor.network import Network
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.memory import MOST_MEMORY_BYTES
from monitor.settings import Settings
from monitor.testing.looks import check_of
from monitor.vitals import Vitals


class Nothing:
    async def observe(self, vantage):
        raise NotImplementedError


class Memories:
    def __init__(self, content):
        self.content = content

    def read(self, check_id):
        if self.content is None:
            raise ProbeError(Reason.RESOURCES, "no history")
        return self.content


def vantage(memories=None):
    network = Network(Settings(), SystemClock(), Vitals(), memories=memories)
    return network.vantage(check_of(Nothing(), timedelta(seconds=1)), time.monotonic() + 1)


def test_run_reads_what_was_written_and_its_own_words_are_for_the_next():
    found = vantage(Memories(b"page 1"))

    found.memory.write(b"page 2")
    found.memory.write(b"page 3")

    assert found.memory.read() == b"page 1"
    assert found.remembered == b"page 3"


def test_run_that_writes_nothing_has_nothing_to_remember():
    found = vantage(Memories(b"page 1"))

    assert (found.remembered, found.memory.read(), found.remembered) == (None, b"page 1", None)


def test_without_a_store_every_run_is_the_first():
    assert vantage().memory.read() == b""


def test_store_that_cannot_be_read_refuses():
    with pytest.raises(ProbeError):
        _ = vantage(Memories(None)).memory


def test_memory_has_a_size():
    found = vantage()
    found.memory.write(bytes(MOST_MEMORY_BYTES))

    with pytest.raises(ProbeError) as refused:
        found.memory.write(bytes(MOST_MEMORY_BYTES + 1))

    assert refused.value.reason is Reason.PLUGIN
    assert len(found.remembered) == MOST_MEMORY_BYTES
