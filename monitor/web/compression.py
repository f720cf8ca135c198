"""gzip level 1, from isal when it is installed: a third of the processor time."""

import zlib
from functools import cache
from typing import Protocol

GZIP_FRAME = 31
"""zlib's window bits that ask for a gzip header and trailer."""


class Compressor(Protocol):
    """A running gzip stream."""

    def compress(self, data: bytes, /) -> bytes:
        """Return what is ready after taking ``data``; often nothing."""
        ...

    def flush(self) -> bytes:
        """Return the rest and the trailer."""
        ...


def gzip() -> Compressor:
    """Return a new gzip stream."""
    if _has_isal():
        from isal import isal_zlib

        stream: Compressor = isal_zlib.compressobj(1, isal_zlib.DEFLATED, GZIP_FRAME)
        return stream
    return zlib.compressobj(1, zlib.DEFLATED, GZIP_FRAME)


@cache
def _has_isal() -> bool:
    try:
        import isal  # noqa: F401 - only whether it is there
    except ImportError:
        return False
    return True
