"""Something that moves while a person waits; nothing when nobody looks."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def progress(doing: str) -> Iterator[None]:
    """Show on a terminal's standard error what is being done."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield
        return
    with console.status(doing):
        yield
