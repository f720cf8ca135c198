"""Standard streams that somebody closed before the start."""

import os
import sys


def open_missing() -> None:
    """Put /dev/null where standard input, output or error is closed.

    Otherwise the next file or socket gets its number: the event loop ends the process when its own does, and what is
    meant for standard error would be written into a connection.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(number, True)  # noqa: FBT003
    os.close(number)
    sys.stdin = sys.stdin or open(0, closefd=False, encoding="utf-8")  # noqa: SIM115 - lives as long as the process
    sys.stdout = sys.stdout or open(1, "w", closefd=False, encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False, encoding="utf-8")  # noqa: SIM115
