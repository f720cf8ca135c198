"""A command that is cut short, by Ctrl-C or because nobody reads on: it ends as shells expect, and with no verdict."""

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

import click

INTERRUPTED = 128 + signal.SIGINT
UNREAD = 128 + signal.SIGPIPE
"""What shells show for a program that one of these signals ended. 1 would be a verdict: that the target is down."""
BROKEN = "a pipe or connection broke, and nobody expected it to"


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
    """Turn both into their status; a pipe that breaks elsewhere is a fault like any other."""
    try:
        yield
    except KeyboardInterrupt:
        raise CutShortError from None
    except BrokenPipeError as error:
        if not _is_unread():
            raise RuntimeError(BROKEN) from error  # click takes any broken pipe for standard output's
        raise UnreadError from None


@contextmanager
def serving() -> Iterator[None]:
    """Let no broken pipe of a daemon pass for a reader that is gone: nobody needs to read what it says."""
    try:
        yield
    except BrokenPipeError as error:
        raise RuntimeError(BROKEN) from error


def _is_unread() -> bool:
    """Return whether the reader of standard output or error is gone."""
    streams = select.poll()
    for number in (1, 2):
        streams.register(number, 0)  # what is asked for is always told: POLLERR of a pipe, POLLHUP of a socket
    return any(found & (select.POLLERR | select.POLLHUP) for _, found in streams.poll(0))
