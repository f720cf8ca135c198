"""A command that is cut short, by Ctrl-C or because nobody reads on: it ends as shells expect, and with no verdict."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

import click

INTERRUPTED = 128 + signal.SIGINT
UNREAD = 128 + signal.SIGPIPE
"""What shells show for a program that one of these signals ended. 1 would be a verdict: that the target is down."""


class CutShort(click.ClickException):
    """Ends the process with a status of its own."""

    def __init__(self, status: int) -> None:
        super().__init__("")
        self.exit_code = status

    def show(self, file: IO[Any] | None = None) -> None:
        """Say that it was interrupted; of a reader that is gone nobody needs to be told."""
        if self.exit_code == INTERRUPTED:
            click.echo("\nAborted!", file=file, err=True)
            return
        with suppress(OSError):  # what is left in its buffer goes nowhere when Python ends
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)


@contextmanager
def cut_short() -> Iterator[None]:
    """Turn both into their status."""
    try:
        yield
    except KeyboardInterrupt:
        raise CutShort(INTERRUPTED) from None
    except BrokenPipeError:
        raise CutShort(UNREAD) from None
