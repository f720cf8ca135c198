"""What a run waits for, so that whoever ends it at its timeout can say what did not come."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

_AWAITED: ContextVar[list[str]] = ContextVar("AWAITED")


@contextmanager
def awaiting(failure: str) -> Iterator[None]:
    """Say what is waited for within; it ends nothing, and takes no time from the run.

    Args:
        failure: What a person reads, instead of "no answer within 10 s", if the run is out of time by then, such as
            "no greeting came in time".
    """
    awaited, text = _AWAITED.get([]), str(failure)
    awaited.append(text)
    try:
        yield
    finally:
        awaited.remove(text)


def noting() -> Sequence[str]:
    """Return what is waited for from now on in this context and in tasks made in it; it stays true, newest last."""
    awaited: list[str] = []
    _AWAITED.set(awaited)
    return awaited
