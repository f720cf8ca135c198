"""What waits under a key: of a list, a set, a stream and its group, or what a text says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from datashare_monitor_redis.replication import number
from datashare_monitor_redis.server import Server
from monitor.plugin import ProbeError, Reason, Waiting

LENGTHS = {b"list": "LLEN", b"set": "SCARD", b"zset": "ZCARD", b"hash": "HLEN"}
EARLIEST_MS = 946_684_800_000
"""The year 2000: the numbers of entries below it are no times."""
LATEST_MS = 253_402_300_799_000
"""The year 9999."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where records wait.

    Attributes:
        key: A list, set, sorted set, hash, stream or text.
        group: The consumer group of the stream; its length alone counts when empty.
        value: What a text says: how many wait, or when the newest was made.
    """

    key: str
    group: str = ""
    value: Literal["backlog", "newest"] = "backlog"


@dataclass(frozen=True, slots=True)
class Found:
    """What waits, and what of it was given out and not confirmed; None of what is no group."""

    waiting: Waiting
    pending: int | None = None


async def found_at(server: Server, place: Place) -> Found:
    """Return what waits at a place.

    Raises:
        ProbeError: It cannot be counted, or the server refuses.
    """
    kind = await server.ask("TYPE", place.key)
    if kind == b"none":
        return Found(Waiting(noun="records", count=None if place.value == "newest" else 0))
    if place.group and kind != b"stream":
        raise ProbeError(Reason.CONTENT, "the key is no stream, and only a stream has groups")
    if kind == b"stream":
        return await (_of_group(server, place) if place.group else _of_stream(server, place.key))
    if kind == b"string":
        return Found(_of_text(await _text(server, place.key), place.value))
    if kind not in LENGTHS:
        raise ProbeError(Reason.CONTENT, "the key holds nothing that can be counted")
    return Found(Waiting(noun="records", count=counted(await server.ask(LENGTHS[kind], place.key))))


async def _of_stream(server: Server, key: str) -> Found:
    count = counted(await server.ask("XLEN", key))
    newest = moment(await server.ask("XREVRANGE", key, "+", "-", "COUNT", 1))
    oldest = moment(await server.ask("XRANGE", key, "-", "+", "COUNT", 1))
    return Found(Waiting(noun="records", count=count, newest=newest, oldest=oldest))


async def _of_group(server: Server, place: Place) -> Found:
    group = group_in(await server.ask("XINFO", "GROUPS", place.key), place.group.encode())
    pending, lag = counted(group.get(b"pending")), group.get(b"lag")
    newest = moment(await server.ask("XREVRANGE", place.key, "+", "-", "COUNT", 1))
    last = group.get(b"last-delivered-id")
    if not isinstance(last, bytes):
        raise ProbeError(Reason.PROTOCOL, "a group without its last entry")
    next_one = moment(await server.ask("XRANGE", place.key, b"(" + last, "+", "COUNT", 1))
    held = await server.ask("XPENDING", place.key, place.group) if pending else None
    oldest_held = timed(held[1]) if isinstance(held, list) and len(held) > 1 else None
    known = [each for each in (next_one, oldest_held) if each is not None]
    # Redis itself does not know the lag once entries between were deleted (redis.io, XINFO GROUPS).
    count = pending + lag if isinstance(lag, int) and lag >= 0 else None
    if count is None:
        raise ProbeError(Reason.CONTENT, "the server does not know the lag of the group (Redis 7 does)")
    waiting = Waiting(noun="records", count=count, newest=newest, oldest=min(known, default=None))
    return Found(waiting, pending)


def group_in(groups: Any, name: bytes) -> dict[Any, Any]:
    """Return one group of the answer to ``XINFO GROUPS``.

    Raises:
        ProbeError: It is not among them.
    """
    for each in groups if isinstance(groups, list) else ():
        facts = dict(zip(each[::2], each[1::2], strict=False)) if isinstance(each, list) else {}
        if facts.get(b"name") == name:
            return facts
    raise ProbeError(Reason.CONTENT, "the stream has no such group")


async def _text(server: Server, key: str) -> bytes:
    text = await server.ask("GETRANGE", key, 0, 100)
    if not isinstance(text, bytes):
        raise ProbeError(Reason.PROTOCOL, "the value of a text is none")
    return text


def _of_text(text: bytes, meaning: Literal["backlog", "newest"]) -> Waiting:
    decoded = text.decode("ascii", "replace").strip()
    try:
        if meaning == "backlog":
            count = number(decoded)
            if count < 0:
                raise ValueError("negative")
            return Waiting(noun="records", count=count)
        if decoded.replace(".", "", 1).isdecimal():
            return Waiting(noun="records", newest=datetime.fromtimestamp(float(decoded), UTC))
        newest = datetime.fromisoformat(decoded)
        if newest.tzinfo is None:
            raise ValueError("no zone")
        return Waiting(noun="records", newest=newest.astimezone(UTC))
    except (ValueError, OverflowError, OSError):
        expected = "a number" if meaning == "backlog" else "a time with its zone, or seconds since 1970"
        raise ProbeError(Reason.CONTENT, f"the value of the key is not {expected}") from None


def counted(answer: Any) -> int:
    """Return a number of records.

    Raises:
        ProbeError: It is none.
    """
    if not isinstance(answer, int) or not 0 <= answer < 2**63:
        raise ProbeError(Reason.PROTOCOL, "a length is no number")
    return answer


def moment(entries: Any) -> datetime | None:
    """Return when the one entry of an answer was made; None without one, and when its number is no time.

    Raises:
        ProbeError: It is no entry.
    """
    if not isinstance(entries, Sequence) or isinstance(entries, bytes):
        raise ProbeError(Reason.PROTOCOL, "entries of a stream are none")
    if not entries:
        return None
    first = entries[0]
    return timed(first[0]) if isinstance(first, list) and first else timed(None)


def timed(name: Any) -> datetime | None:
    """Return when the entry of this id was made; None when it is no time.

    Raises:
        ProbeError: It is no id.
    """
    try:
        milliseconds = number(name.partition(b"-")[0].decode("ascii"))
    except (AttributeError, ValueError):
        raise ProbeError(Reason.PROTOCOL, "the id of an entry is none") from None
    if not EARLIEST_MS <= milliseconds <= LATEST_MS:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
