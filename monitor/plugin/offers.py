"""Kinds by name, some of whose plugins are imported only when one of their kinds is asked for."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


class Offers(Mapping[str, T]):
    """What the loaded plugins offer, and those that wait would.

    Looking a kind up loads the plugin that offers it; going through all of them loads every plugin.
    """

    def __init__(self, load: Callable[[str | None], None]) -> None:
        """Take what loads the plugin of a kind, or with None every plugin that waits."""
        self._found: dict[str, T] = {}
        self._load = load

    def __getitem__(self, name: str) -> T:
        if name not in self._found:
            self._load(name)
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        self._load(None)
        return iter(self._found)

    def __len__(self) -> int:
        self._load(None)
        return len(self._found)

    def add(self, name: str, kind: T) -> None:
        """Take up a kind of a plugin that was loaded."""
        self._found[name] = kind
