"""Tells whoever watches a run how each expectation came out, and by which value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.plugin import Pattern


class Tell(Protocol):
    """What takes it: ``vantage.judged``, which makes text of it only when somebody watches."""

    def __call__(self, assertion: object, value: object, *, holds: bool) -> None:
        """Take one."""


@dataclass(frozen=True, slots=True)
class Later:
    """Text that is made when it is looked at."""

    make: Callable[[], str]

    def __str__(self) -> str:
        return self.make()


@dataclass(frozen=True, slots=True)
class Searched:
    """A pattern, and where it is looked for."""

    where: str
    pattern: Pattern
    is_wanted: bool

    def __str__(self) -> str:
        return f"{self.where} {'matches' if self.is_wanted else 'does not match'} '{self.pattern.pattern}'"


def found(*, is_there: bool) -> str:
    """Return in a word whether a pattern is there."""
    return "found" if is_there else "not found"


def in_all(values: Sequence[bytes]) -> Later:
    """Return how many values a header has; what they are may be a secret of the target's."""
    return Later(lambda: "missing" if not values else f"{len(values)} value{'s'[: len(values) > 1]}")
