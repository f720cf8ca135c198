"""Batches of records, format 2 (kafka.apache.org, message format).

Read here and not by aiokafka: its reader is C that trusts what a broker sends, and undoes compression without a limit.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

HEAD = struct.Struct(">qiibIhiqqqhii")
LENGTH_AT = 12
"""The length counts what is behind itself."""
MAGIC = 2
CODEC, CONTROL = 0x07, 0x20
NONE, GZIP = 0, 1
CODECS = {0: "none", 1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}
LATEST_MS = 253_402_300_799_000
"""The year 9999."""


class UnknownCodecError(ValueError):
    """The records are compressed in a way that is not undone here."""


class TooManyBytesError(ValueError):
    """The records are larger than they may be."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record."""

    offset: int
    made: datetime | None
    value: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch of records.

    Attributes:
        body: Compressed as the ``codec`` says.
        is_control: Whether it marks the end of a transaction, and has no records of anybody's.
    """

    offset: int
    last_offset: int
    codec: int
    is_control: bool
    first_ms: int
    newest_ms: int
    count: int
    body: bytes

    @property
    def first(self) -> datetime | None:
        """When its first record was made."""
        return moment(self.first_ms)

    @property
    def newest(self) -> datetime | None:
        """When its newest record was made."""
        return moment(self.newest_ms)

    def unpacked(self, most: int) -> bytes:
        """Return the body without compression, of at most so many bytes.

        Raises:
            ValueError: It is longer, or cannot be unpacked.
        """
        if self.codec == NONE:
            return self.body
        if self.codec != GZIP:
            raise UnknownCodecError(CODECS.get(self.codec, "unknown"))
        undoing = zlib.decompressobj(wbits=31)
        try:
            content = undoing.decompress(self.body, most)
        except zlib.error:
            raise ValueError("records that cannot be unpacked") from None
        if undoing.unconsumed_tail:
            raise TooManyBytesError
        return content

    def records(self, content: bytes) -> Iterator[Record]:
        """Yield the records in the body without compression.

        Raises:
            ValueError: They cannot be read.
        """
        at = 0
        for _ in range(self.count):
            length, at = varint(content, at)
            if not 0 < length <= len(content) - at:
                raise ValueError("a record longer than its batch")
            yield self._record(content[at : at + length])
            at += length

    def _record(self, content: bytes) -> Record:
        milliseconds, at = varint(content, 1)
        offset, at = varint(content, at)
        _, at = _text(content, at)
        value, _ = _text(content, at)
        return Record(self.offset + offset, moment(self.first_ms + milliseconds), value)


def batches(content: bytes) -> Iterator[Batch]:
    """Yield the batches of an answer; the last one may be cut off, and then is left out.

    Raises:
        ValueError: They are in another format, or none.
    """
    at = 0
    while len(content) - at >= HEAD.size:
        head = HEAD.unpack_from(content, at)
        offset, length, _, magic, _, flags, last, first_ms, newest_ms = head[:9]
        if magic != MAGIC:
            raise ValueError("records in a format older than Kafka 0.11")
        end = at + LENGTH_AT + length
        if length < HEAD.size - LENGTH_AT or last < 0 or offset < 0 or not 0 <= head[12] <= last + 1:
            raise ValueError("a batch of records that is none")
        if end > len(content):
            return
        yield Batch(
            offset=offset, last_offset=offset + last, codec=flags & CODEC, is_control=bool(flags & CONTROL),
            first_ms=first_ms, newest_ms=newest_ms, count=head[12], body=content[at + HEAD.size : end],
        )  # fmt: skip
        at = end


def moment(milliseconds: int) -> datetime | None:
    """Return a time; None when the record has none (-1), or one past the year 9999."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if 0 <= milliseconds <= LATEST_MS else None


def varint(content: bytes, at: int) -> tuple[int, int]:
    """Return a number in zigzag encoding, and the place behind it.

    Raises:
        ValueError: There is none.
    """
    number = 0
    for shift in range(10):
        if at + shift >= len(content):
            break
        byte = content[at + shift]
        number |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), at + shift + 1
    raise ValueError("a number without an end")


def _text(content: bytes, at: int) -> tuple[bytes | None, int]:
    length, at = varint(content, at)
    if length < 0:
        return None, at
    if length > len(content) - at:
        raise ValueError("a text longer than its record")
    return content[at : at + length], at + length
