"""The keys that fit a place are known from the types that read it, however they are nested."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from monitor.config.documents.agency import AgencyFile, SystemShape
from monitor.config.keys import keys_at


@dataclass(frozen=True)
class Inner:
    name: str
    hidden: int = field(default=0, init=False)


@dataclass(frozen=True)
class Outer:
    one: Inner
    maybe: Inner | None = None
    many: tuple[Inner, ...] = ()
    named: Mapping[str, Inner] = field(default_factory=dict)
    plain: int = 0


@pytest.mark.parametrize("path", [("one",), ("maybe",), ("many", 0), ("named", "x")])
def test_keys_are_found_through_any_container(path):
    assert keys_at(Outer, path) == ["name"]


@pytest.mark.parametrize("path", [("plain",), ("plain", "x"), ("nothing",), ("many", "x", 5), ("one", "name", 0)])
def test_nothing_is_known_of_what_has_no_keys(path):
    assert keys_at(Outer, path) == []


def test_keys_of_files_are_those_that_people_write():
    assert "class" in keys_at(AgencyFile, ("agency",))
    assert keys_at(SystemShape, ("maintenance", 0)) == ["every", "from", "for"]
    assert keys_at(AgencyFile, ()) == ["agency", "contacts", "systems", "connections"]
