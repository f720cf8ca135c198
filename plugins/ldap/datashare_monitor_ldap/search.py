"""What is searched for, and what is found."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from datashare_monitor_ldap import ber, filters
from datashare_monitor_ldap.ber import Element
from monitor.plugin import Pattern
from monitor.plugin.quantities import shown

SCOPES = ("base", "one", "sub")
NEVER_DEREFERENCE = 0
MOST_ENTRIES = 1000
NO_ATTRIBUTES = ("1.1",)
SEVERAL = frozenset({"*", "+"})


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search. No more entries are asked for than decide whether there are enough, and not too many.

    Attributes:
        base: The name of the entry to search at; of the directory itself when empty.
        scope: That entry alone (``base``), what is right below it (``one``), or everything (``sub``).
        filter: In the syntax of RFC 4515, ``(&(objectClass=person)(mail=*))``.
        attributes: What to ask for of each entry; nothing when empty, ``*`` for what users see, ``+`` for the rest.
        min_entries: Down when fewer are found.
        max_entries: Down when more are found.
        expect: Down unless an attribute of some entry, written ``name: value``, matches.
    """

    base: str = ""
    scope: Literal["base", "one", "sub"] = "base"
    filter: str = "(objectClass=*)"
    attributes: tuple[str, ...] = ()
    min_entries: int = 1
    max_entries: int | None = None
    expect: Pattern | None = None

    def __post_init__(self) -> None:
        _ = self._filter
        if self.base and "=" not in self.base:
            raise ValueError("base is not the name of an entry; write dc=agency,dc=example, or leave it empty")
        for name in self.attributes:
            if name not in SEVERAL and not filters.ATTRIBUTE_PATTERN.fullmatch(name):
                raise ValueError(f"{shown(name)} is not an attribute; write names such as cn or mail, '*' or '+'")
        if not 0 <= self.min_entries <= MOST_ENTRIES:
            raise ValueError(f"min_entries is {self.min_entries}; write 0 to {MOST_ENTRIES}")
        if self.max_entries is not None and not self.min_entries <= self.max_entries <= MOST_ENTRIES:
            raise ValueError(
                f"max_entries is {self.max_entries}; write {self.min_entries}, which is min_entries, to {MOST_ENTRIES}"
            )
        if self.expect is not None and self.attributes in {(), NO_ATTRIBUTES}:
            raise ValueError("expect looks at attributes; name them, or write attributes: ['*']")

    @property
    def size_limit(self) -> int:
        """How many entries decide."""
        if self.max_entries is not None:
            return self.max_entries + 1
        return MOST_ENTRIES if self.expect is not None else max(self.min_entries, 1)

    def request(self, seconds: float) -> bytes:
        """Return the content of a search request; the directory has so many seconds."""
        attributes = self.attributes or NO_ATTRIBUTES
        return b"".join(
            (
                ber.octets(self.base),
                ber.integer(SCOPES.index(self.scope), ber.ENUMERATED),
                ber.integer(NEVER_DEREFERENCE, ber.ENUMERATED),
                ber.integer(self.size_limit),
                ber.integer(max(1, round(seconds))),
                ber.boolean(is_true=False),
                self._filter,
                ber.written(ber.SEQUENCE, *map(ber.octets, attributes)),
            )
        )

    @cached_property
    def _filter(self) -> bytes:
        return filters.encoded(self.filter)


def lines(entry: Element) -> Iterator[bytes]:
    """Yield the attributes of an entry as ``name: value``.

    Raises:
        ValueError: It is no entry.
    """
    _, attributes = entry.inside()[:2]
    for attribute in attributes.inside():
        name, values = attribute.inside()[:2]
        for value in values.inside():
            yield name.content + b": " + value.content
