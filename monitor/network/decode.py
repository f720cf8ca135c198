"""Undoing content encodings, in pieces, so that a bomb costs no more than the limit."""

import asyncio
import zlib

from monitor.network.hostname import shown
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError

PIECE_BYTES = 64 * 1024
PIECES_A_TURN = 8
"""Pieces undone before the others get their turn: about two milliseconds."""
GZIP = 31
ZLIB = 15
RAW_DEFLATE = -15
GZIP_MAGIC = b"\x1f\x8b"
SUPPORTED = {"gzip": GZIP, "x-gzip": GZIP, "deflate": ZLIB}
"""Window bits by content encoding: those the monitor asks for."""


async def decoded(body: bytes, encoding: str, most: int) -> bytes:
    """Return the body as it was before it was compressed: of ``most`` bytes at most.

    Raises:
        ProbeError: It has more (``Reason.TOO_LARGE``), is broken, or has an encoding nobody asked for.
    """
    name = encoding.strip().lower()
    if not body or name in ("", "identity"):
        return body
    if name == "br":
        return await unbrotlied(body, most)
    if name not in SUPPORTED:
        raise ProbeError(Reason.CONTENT, f"the body has the content encoding {shown(name)}, which was not asked for")
    wbits = SUPPORTED[name]
    if wbits == ZLIB and not is_zlib(body):
        wbits = RAW_DEFLATE
    try:
        return await inflated(body, wbits, most)
    except zlib.error as error:
        raise ProbeError(Reason.CONTENT, f"the body is not valid {name}") from error


async def unbrotlied(body: bytes, most: int) -> bytes:
    """Decompress Brotli (RFC 7932)."""
    import brotli

    pieces: list[bytes] = []
    size = turns = 0
    machine = brotli.Decompressor()
    offset = 0
    try:
        while not machine.is_finished():
            given = b""
            if machine.can_accept_more_data():
                given = body[offset : offset + PIECE_BYTES]
                offset += PIECE_BYTES
            # The library may return up to three times the limit.
            piece = machine.process(given, output_buffer_limit=PIECE_BYTES)
            size += len(piece)
            if size > most:
                raise ProbeError(Reason.TOO_LARGE, f"the body is over {most} bytes once decompressed")
            if not piece and not given and not machine.is_finished():
                raise ProbeError(Reason.CONTENT, "the compressed body ends too early")
            pieces.append(piece)
            turns += 1
            if turns % PIECES_A_TURN == 0:
                await asyncio.sleep(0)
    except brotli.error as error:
        raise ProbeError(Reason.CONTENT, "the body is not valid br") from error
    return b"".join(pieces)


def is_zlib(body: bytes) -> bool:
    """Return whether deflated data has the header that RFC 9110 asks for and some servers leave out."""
    return len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0


async def inflated(body: bytes, wbits: int, most: int) -> bytes:
    """Decompress, member after member."""
    pieces: list[bytes] = []
    size = turns = offset = 0
    machine = zlib.decompressobj(wbits)
    rest = b""
    while True:
        if len(rest) < 2:  # zlib copies what it did not take: it gets little at a time
            rest += body[offset : offset + PIECE_BYTES]
            offset += PIECE_BYTES
        piece = machine.decompress(rest, PIECE_BYTES)
        size += len(piece)
        if size > most:
            raise ProbeError(Reason.TOO_LARGE, f"the body is over {most} bytes once decompressed")
        pieces.append(piece)
        if machine.eof:
            rest = machine.unused_data + body[offset : offset + 2]
            offset += 2
            if wbits != GZIP or rest[:2] != GZIP_MAGIC:
                return b"".join(pieces)
            machine = zlib.decompressobj(wbits)
        else:
            rest = machine.unconsumed_tail
            if not rest and not piece and offset >= len(body):
                raise ProbeError(Reason.CONTENT, "the compressed body ends too early")
        turns += 1
        if turns % PIECES_A_TURN == 0:
            await asyncio.sleep(0)
