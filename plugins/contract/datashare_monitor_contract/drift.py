"""How a contract differs from the agreed one, in words that a person can read."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

SHOWN_LINES, SHOWN_LETTERS = 6, 100


@dataclass(frozen=True, slots=True)
class Drift:
    """What is promised no more, and what is promised anew; a promise that changed is in both."""

    gone: tuple[str, ...]
    new: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.gone or self.new)

    def __str__(self) -> str:
        lines = [f"- {line}" for line in self.gone] + [f"+ {line}" for line in self.new]
        shown = [clean(line) for line in lines[:SHOWN_LINES]]
        more = len(lines) - len(shown)
        return "; ".join(shown) + (f"; and {more} more" if more else "")


def drift(agreed: Sequence[str], live: Sequence[str]) -> Drift:
    """Compare two contracts."""
    before, after = set(agreed), set(live)
    return Drift(tuple(sorted(before - after)), tuple(sorted(after - before)))


def fingerprint(promises: Sequence[str]) -> str:
    """Return what is the same for the same promises, whatever the order and the layout of the document."""
    return hashlib.sha256("\n".join(sorted(promises)).encode("utf-8", "replace")).hexdigest()


def clean(line: str) -> str:
    """Return a promise as a message shows it: on one line, not long."""
    cut = line if len(line) <= SHOWN_LETTERS else f"{line[: SHOWN_LETTERS - 1]}…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in cut)
