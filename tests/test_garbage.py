"""The collector walks through everything when memory has grown much, and not again and again."""

import gc
import weakref
from dataclasses import dataclass

import pytest

from monitor.garbage import APART_SECONDS, LEAST_BYTES, SETTLED_SECONDS, Garbage, resident_bytes

MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def thresholds():
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@dataclass
class Memory:
    """So much is resident, and so often was it walked through; a collector that is counted."""

    resident: int = 100 * MIB
    walks: int = 0
    whole: int = 0
    freed: int = 0
    is_frozen: bool = False

    def collect(self) -> int:
        self.walks += 1
        self.whole += not self.is_frozen
        self.resident -= self.freed
        return 0

    def freeze(self) -> None:
        self.is_frozen = True

    def unfreeze(self) -> None:
        self.is_frozen = False

    def garbage(self) -> Garbage:
        return settled(Garbage(lambda: self.resident, self))


def settled(garbage: Garbage) -> Garbage:
    garbage.look(-SETTLED_SECONDS)
    garbage.look(0.0)
    return garbage


def test_memory_that_stays_is_not_walked_through():
    memory = Memory()
    garbage = memory.garbage()

    for hour in range(24):
        garbage.look(3600.0 * (hour + 1))

    assert memory.walks == 0


def test_growth_before_the_first_outcomes_are_in_is_no_reason():
    memory = Memory()
    garbage = Garbage(lambda: memory.resident, memory)

    for second in range(int(SETTLED_SECONDS)):
        garbage.look(float(second))
        memory.resident += MIB

    garbage.look(SETTLED_SECONDS)
    garbage.look(SETTLED_SECONDS + APART_SECONDS)
    assert memory.walks == 0


def test_memory_that_grew_is_walked_through_once():
    memory = Memory()
    garbage = memory.garbage()
    memory.resident += LEAST_BYTES

    for second in range(300):
        garbage.look(APART_SECONDS + second)

    assert memory.walks == 1


def test_a_large_process_must_have_grown_by_a_quarter():
    memory = Memory(resident=1000 * MIB)
    garbage = memory.garbage()
    memory.resident += 249 * MIB
    garbage.look(100.0)
    before = memory.walks
    memory.resident += 2 * MIB
    garbage.look(101.0)

    assert (before, memory.walks) == (0, 1)


def test_two_walks_are_a_minute_apart_however_fast_memory_grows():
    memory = Memory()
    garbage = memory.garbage()

    for second in range(1, 601):
        memory.resident = int(memory.resident * 1.01)
        garbage.look(float(second))

    assert memory.walks == 600 // APART_SECONDS


def test_what_grows_and_is_freed_is_measured_from_what_was_left():
    memory = Memory(freed=50 * MIB)
    garbage = memory.garbage()
    memory.resident += 50 * MIB
    garbage.look(60.0)
    memory.resident += 50 * MIB
    garbage.look(120.0)

    assert memory.walks == 2


def test_what_was_there_before_is_passed_over_until_memory_has_doubled():
    memory = Memory()
    garbage = memory.garbage()
    whole = []

    for minute in range(1, 6):
        memory.resident += 30 * MIB * minute
        garbage.look(60.0 * minute)
        whole.append(memory.whole)

    assert memory.walks == 4  # the first growth was too small
    assert whole == [0, 0, 1, 1, 1]  # 280 MiB are over twice 100, 550 are not over twice 280


def test_old_cycles_are_found_by_it_and_no_longer_by_the_collector_itself():
    class Node:
        pass

    memory = Memory()
    garbage = settled(Garbage(lambda: memory.resident))
    node = Node()
    node.itself = node
    alive = weakref.ref(node)
    gc.collect()
    del node

    gc.collect(1)
    before = alive() is not None
    memory.resident += LEAST_BYTES
    garbage.look(APART_SECONDS)

    assert before
    assert alive() is None
    assert gc.get_threshold()[2] > 1_000_000


def test_resident_memory_is_that_of_this_process():
    before = resident_bytes()
    block = bytearray(512 * MIB)

    assert resident_bytes() - before > 300 * MIB
    del block
