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


class CutShortError(click.ClickException):
    """Ends the process as one that was told to end."""

    exit_code = INTERRUPTED

    def __init__(self) -> None:
        super().__init__("Aborted!")

    def show(self, file: IO[Any] | None = None) -> None:
        """Say that it was interrupted, below what the terminal has of Ctrl-C."""
        click.echo(f"\n{self.message}", file=file, err=True)


class UnreadError(click.ClickException):
    """Ends the process as one whose reader is gone."""

    exit_code = UNREAD

    def __init__(self) -> None:
        super().__init__("nobody reads on")

    def show(self, file: IO[Any] | None = None) -> None:  # noqa: ARG002 - click's
        """Say nothing: nobody needs to be told. What is left in the buffer goes nowhere when Python ends."""
        with suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)


@contextmanager
def cut_short() -> Iterator[None]:
    """Turn both into their status."""
    try:
        yield
    except KeyboardInterrupt:
        raise CutShortError from None
    except BrokenPipeError:
        raise UnreadError from None
