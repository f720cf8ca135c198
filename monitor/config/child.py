"""The child process that reads the configuration, so that neither the work nor a plugin can hold the daemon up."""

import ctypes
import gc
import json
import os
import resource
import signal
import sys
from pathlib import Path

from monitor.config.pieces import ChecksKept, ChecksRead, Piece
from monitor.config.reading import read
from monitor.config.wire import framed

PR_SET_PDEATHSIG = 1
MOST_MEMORY = 8 * 1024**3


def main() -> None:
    """Do what the request on standard input says, and write the pieces to what was standard output."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    pieces = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what a plugin prints must not get among the pieces
    os.nice(5)  # the daemon goes first
    gc.disable()  # nearly all that is made here stays until the end
    request = json.loads(sys.stdin.buffer.read())
    known = frozenset(request["known"])

    def take(piece: Piece) -> None:
        if isinstance(piece, ChecksRead) and piece.digest in known:
            piece = ChecksKept(piece.digest)
        frame = memoryview(framed(piece))
        while frame:
            frame = frame[pieces.write(frame) :]

    read(Path(request["directory"]), take, failed=request["failed"])
    os._exit(0)  # a thread or an exit handler of a plugin shall not keep us


if __name__ == "__main__":
    main()
