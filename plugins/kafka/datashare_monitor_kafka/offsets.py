"""Where the partitions of a topic begin and end, and up to where a group has confirmed them."""

from collections.abc import Iterator
from dataclasses import dataclass

from aiokafka.protocol.commit import OffsetFetchRequest
from aiokafka.protocol.offset import OffsetRequest

from datashare_monitor_kafka.cluster import Cluster, Topic
from datashare_monitor_kafka.faults import refuse
from datashare_monitor_kafka.wire import Wire
from monitor.plugin import ProbeError, Reason

END, BEGINNING = -1, -2
"""What stands for a time in the request."""
CONSUMER = -1
COMMITTED_ONLY = 1
LAST = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A partition, from its first record to where the next one goes.

    Attributes:
        wire: To its leader.
        committed: Up to where the group has confirmed it; None without a group, or when it never did.
    """

    number: int
    wire: Wire
    first: int
    end: int
    committed: int | None = None

    @property
    def lag(self) -> int:
        """Records that the group has not confirmed."""
        return self.end - self.start

    @property
    def lost(self) -> int:
        """Records that were deleted before the group confirmed them."""
        return 0 if self.committed is None else max(self.first - self.committed, 0)

    @property
    def start(self) -> int:
        """Where the group goes on: at the beginning when it has confirmed nothing."""
        return self.first if self.committed is None else self.committed


async def extents(cluster: Cluster, name: str, topic: Topic, group: str) -> tuple[Extent, ...]:
    """Return the partitions of a topic; leaders are asked one after the other.

    Raises:
        ProbeError: A partition has no leader, or a broker does not say.
        OSError: No connection, or it broke.
    """
    confirmed = await committed(cluster, name, topic, group) if group else {}
    found: list[Extent] = []
    for leader in sorted({each.leader for each in topic.partitions}):
        numbers = [each.number for each in topic.partitions if each.leader == leader]
        if leader not in topic.brokers:
            raise ProbeError(Reason.SERVICE_FAULT, f"{len(numbers)} partitions have no leader")
        wire = await cluster.broker(topic.brokers[leader])
        firsts, ends = [await _of(wire, name, numbers, time) for time in (BEGINNING, END)]
        found += [
            Extent(
                number=number,
                wire=wire,
                first=firsts[number],
                end=max(ends[number], firsts[number]),
                committed=confirmed.get(number),
            )
            for number in numbers
        ]
    return tuple(sorted(found, key=lambda each: each.number))


async def _of(wire: Wire, name: str, numbers: list[int], time: int) -> dict[int, int]:
    # Committed records only: what an open transaction has written is not there to be read.
    answer = await wire.ask(OffsetRequest(CONSUMER, COMMITTED_ONLY, [(name, [(number, time) for number in numbers])]))
    found = {}
    for number, each in _partitions(answer, name):
        refuse(each["error_code"])
        found[number] = _offset(each["offset"])
    return _complete(found, numbers)


async def committed(cluster: Cluster, name: str, topic: Topic, group: str) -> dict[int, int]:
    """Return up to where a group has confirmed the partitions; those where it never did are missing.

    Raises:
        ProbeError: The coordinator does not say.
        OSError: No connection, or it broke.
    """
    wire = await cluster.coordinator(group)
    numbers = [each.number for each in topic.partitions]
    answer = await wire.ask(OffsetFetchRequest(group, [(name, numbers)]))
    refuse(answer.get("error_code", 0))
    found: dict[int, int] = {}
    for number, each in _partitions(answer, name):
        refuse(each["error_code"])
        found[number] = -1 if each["offset"] < 0 else _offset(each["offset"])
    return {number: offset for number, offset in _complete(found, numbers).items() if offset >= 0}


def _partitions(answer: dict[str, object], name: str) -> Iterator[tuple[int, dict[str, int]]]:
    topics = answer["topics"]
    for topic in topics if isinstance(topics, list) else ():
        if topic["topic"] == name:
            for each in topic["partitions"] or ():
                yield each["partition"], each


def _complete(found: dict[int, int], numbers: list[int]) -> dict[int, int]:
    if set(found) != set(numbers):
        raise ProbeError(Reason.PROTOCOL, "an answer about other partitions")
    return found


def _offset(value: int) -> int:
    if not 0 <= value < LAST:
        raise ProbeError(Reason.PROTOCOL, "an offset is none")
    return value
