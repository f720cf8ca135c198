"""Batches of records, fetched from the leader of a partition."""

from aiokafka.protocol.fetch import FetchRequest

from datashare_monitor_kafka.batches import Batch, batches
from datashare_monitor_kafka.faults import refuse
from datashare_monitor_kafka.offsets import COMMITTED_ONLY, Extent
from monitor.plugin import ProbeError, Reason

AT_ONCE, NOTHING_LEAST = 0, 0
"""The broker neither waits for more, nor for anything."""
ONE_BATCH = 1
"""Bytes: a broker sends the first batch whole, however large."""
LARGEST_BATCH = 2 * 1024 * 1024
"""Twice what a broker takes unless it is told otherwise (message.max.bytes)."""


async def fetched(extent: Extent, name: str, offset: int, most: int = ONE_BATCH) -> list[Batch]:
    """Return the batches from an offset on, of at most so many bytes: but one at least, if there is any.

    Raises:
        ProbeError: The broker refuses, or sends what is no batch.
        OSError: The connection broke.
    """
    parts = [(extent.number, offset, most)]
    request = FetchRequest(AT_ONCE, NOTHING_LEAST, most, COMMITTED_ONLY, [(name, parts)])
    answer = await extent.wire.ask(request, most + LARGEST_BATCH)
    found = b""
    for topic in answer["topics"] or ():
        for each in topic["partitions"] or ():
            if each["partition"] == extent.number:
                refuse(each["error_code"])
                found = each["message_set"] or b""
    try:
        return [batch for batch in batches(found) if batch.last_offset >= offset]
    except ValueError as error:
        raise ProbeError(Reason.PROTOCOL, str(error)) from None
