"""The source of kind ``kafka``: the newest records of a topic."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from datashare_monitor_kafka.batches import Batch, Record, TooManyBytesError, UnknownCodecError
from datashare_monitor_kafka.cluster import Cluster, Door
from datashare_monitor_kafka.fetching import fetched
from datashare_monitor_kafka.offsets import Extent, extents
from datashare_monitor_kafka.sasl import Sasl
from monitor.plugin import Cell, HostPort, IpProtocol, ProbeError, Reason, Row, Size, TlsConfig, Vantage
from monitor.plugin.http import read_json

MOST_ROWS = 10_000


@dataclass(frozen=True, kw_only=True)
class KafkaRows:
    """The newest records of a Kafka topic: what their JSON says, and ``time``, when they were made.

    Records without compression and with gzip are read; those with snappy, lz4 and zstd are refused.

    Attributes:
        target: ``host:port`` of a broker.
        tls: Whether to speak TLS, to all brokers.
        sasl: Who logs in; nobody when it is not set.
        allow_cleartext_password: Whether a password may go out by PLAIN without TLS.
        topic: The topic.
        format: JSON objects, whose members become cells, or texts, which become the cell ``value``.
        max_rows: How many records of each partition, the newest ones. 1 to 10000.
        max_size: More than so many bytes of one partition are refused.
    """

    target: HostPort
    topic: str
    tls: bool = False
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    sasl: Sasl | None = None
    allow_cleartext_password: bool = False
    format: Literal["json", "text"] = "json"
    max_rows: int = 1000
    max_size: Size = 1024 * 1024

    def __post_init__(self) -> None:
        _ = self._door
        if not self.topic:
            raise ValueError("topic is empty; write the name of one")
        if not 1 <= self.max_rows <= MOST_ROWS:
            raise ValueError(f"max_rows is {self.max_rows}; write 1 to {MOST_ROWS}")

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        """Yield the records, the oldest of each partition first.

        Raises:
            ProbeError: They are too large, or cannot be read.
            OSError: No connection, or it broke.
        """
        async with Cluster(vantage, self._door, IpProtocol.IP6, fallback=True) as cluster:
            topic = await cluster.topic(self.topic)
            for extent in await extents(cluster, self.topic, topic, ""):
                for row in await self._of(extent):
                    yield row

    @cached_property
    def _door(self) -> Door:
        return Door(
            target=self.target, tls=self.tls, tls_config=self.tls_config, sasl=self.sasl,
            allow_cleartext_password=self.allow_cleartext_password,
        )  # fmt: skip

    async def _of(self, extent: Extent) -> list[Row]:
        records: list[Record] = []
        start = at = max(extent.end - self.max_rows, extent.first)
        left = self.max_size
        while at < extent.end:
            found = await fetched(extent, self.topic, at, left)
            if not found:
                break
            unpacked, left = await asyncio.to_thread(self._unpacked, found, left)
            records += [each for each in unpacked if start <= each.offset < extent.end]
            if len(records) > self.max_rows:
                raise ProbeError(Reason.PROTOCOL, "more records than their offsets allow")
            at = max(batch.last_offset for batch in found) + 1
        return await asyncio.to_thread(lambda: [self._row(each) for each in records])

    def _unpacked(self, found: Iterable[Batch], left: int) -> tuple[list[Record], int]:
        records: list[Record] = []
        try:
            for batch in found:
                if batch.is_control:
                    continue
                content = batch.unpacked(left)
                left -= len(content)
                if left <= 0:
                    raise TooManyBytesError
                records += batch.records(content)
        except TooManyBytesError:
            raise ProbeError(Reason.TOO_LARGE, f"records of more than {self.max_size} bytes") from None
        except UnknownCodecError as error:
            raise ProbeError(Reason.CONTENT, f"records are compressed with {error}, which is not read here") from None
        except ValueError as error:
            raise ProbeError(Reason.PROTOCOL, str(error)) from None
        return records, left

    def _row(self, record: Record) -> Row:
        cells: dict[str, Cell] = {}
        if self.format == "text":
            cells["value"] = None if record.value is None else record.value.decode("utf-8", "replace")
        elif record.value is not None:
            found = read_json(record.value, "a record")
            if not isinstance(found, dict):
                raise ProbeError(Reason.CONTENT, f"a record is a {type(found).__name__}, expected an object")
            cells = {name: cell for name, cell in found.items() if not isinstance(cell, list | dict)}
        return {**cells, "time": record.made}
