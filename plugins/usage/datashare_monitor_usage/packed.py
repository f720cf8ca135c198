"""Records of operational data as they are packed: unpacked and read a few at a time, and never all in memory."""

import json
import re
import zlib
from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import Any

from monitor.plugin import ProbeError, Reason

PIECE_BYTES = 256 * 1024
"""What is unpacked at once."""
LONGEST_RECORD = 64 * 1024
"""Characters of a record; X-Road's own have two thousand."""
AT_ONCE = 2000
"""Records that are counted before other runs of the same process have their turn: a tenth of a second."""
BEGINNING = re.compile(r'\s*\{\s*"records"\s*:\s*\[\s*(\]?)')
BETWEEN = re.compile(r"\s*([,\]])\s*")
END = re.compile(r"\s*\}\s*")
NOT_THAT = "the records are not the JSON of the protocol"


def unpacked(packed: memoryview, most_bytes: int) -> Iterator[str]:
    """Yield text that was packed with gzip, piece by piece.

    Raises:
        ProbeError: It was not, or is more than ``most_bytes`` of UTF-8.
    """
    gzip, decoder, seen = zlib.decompressobj(zlib.MAX_WBITS | 16), getincrementaldecoder("utf-8")(), 0
    waiting: bytes | memoryview = packed
    try:
        while not gzip.eof:
            piece = gzip.decompress(waiting, PIECE_BYTES)
            waiting = gzip.unconsumed_tail
            seen += len(piece)
            if seen > most_bytes:
                raise ProbeError(Reason.TOO_LARGE, f"the records of one answer are over {most_bytes} bytes")
            if not piece and not waiting and not gzip.eof:
                raise ProbeError(Reason.CONTENT, "the records are cut off")
            yield decoder.decode(piece, final=gzip.eof)
    except zlib.error as error:
        raise ProbeError(Reason.CONTENT, "the records cannot be unpacked") from error
    except UnicodeDecodeError as error:
        raise ProbeError(Reason.CONTENT, NOT_THAT) from error


def records_in(packed: memoryview, most_bytes: int) -> Iterator[list[Any]]:
    """Yield records, some at a time, or none when there was nothing to read but blanks.

    Raises:
        ProbeError: They are not ``{"records": [...]}``, or too long.
    """
    text = Text(unpacked(packed, most_bytes))
    if text.take(BEGINNING)[1]:
        text.finish()
        return
    batch: list[Any] = []
    while True:
        batch.append(text.value())
        if len(batch) == AT_ONCE or text.is_new:
            yield batch
            batch, text.is_new = [], False
        if text.take(BETWEEN)[1] == "]":
            break
    yield batch
    text.finish()


class Text:
    """A text that comes in pieces, read from its beginning.

    Attributes:
        is_new: Whether another piece has come.
    """

    def __init__(self, pieces: Iterator[str]) -> None:
        self.is_new = False
        self._pieces = pieces
        self._text = ""
        self._place = 0
        self._decoder = json.JSONDecoder()

    def take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """Return what stands here and matches.

        Raises:
            ProbeError: Nothing does.
        """
        while True:
            found = pattern.match(self._text, self._place)
            if found is not None and found.end() < len(self._text):
                self._place = found.end()
                return found
            if not self._more():
                break
        if found is None:
            raise ProbeError(Reason.CONTENT, NOT_THAT)
        self._place = found.end()
        return found

    def value(self) -> Any:
        """Return the value that stands here.

        Raises:
            ProbeError: There is none, or it is too long.
        """
        while True:
            try:
                found, end = self._decoder.raw_decode(self._text, self._place)
            except RecursionError as error:
                raise ProbeError(Reason.CONTENT, NOT_THAT) from error
            except ValueError as error:
                if not self._more():
                    raise ProbeError(Reason.CONTENT, NOT_THAT) from error
            else:
                # A number may go on in the next piece: "1." is 1 and something else until it is 1.5.
                if BETWEEN.match(self._text, end) or not self._more():
                    self._place = end
                    return found

    def finish(self) -> None:
        """Return if nothing comes any more but the end.

        Raises:
            ProbeError: Something does.
        """
        self.take(END)
        if self._place < len(self._text):
            raise ProbeError(Reason.CONTENT, NOT_THAT)

    def _more(self) -> bool:
        """Take another piece, unless what stands here is too long already to be what is expected."""
        rest = self._text[self._place :]
        piece = "" if len(rest) > LONGEST_RECORD else next(filter(None, self._pieces), "")
        if not piece:
            return False
        self._text, self._place, self.is_new = rest + piece, 0, True
        return True
