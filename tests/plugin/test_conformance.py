"""What breaks the contract is named, in a sentence for the plugin's author."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from monitor.plugin import Measure, Observation, ProbeKind, SourceKind, Vantage, up
from monitor.plugin.conformance import faults, is_synchronous


@dataclass(frozen=True)
class Good:
    a: int = 1

    async def observe(self, vantage: Vantage) -> Observation:
        return up()


@dataclass(frozen=True)
class Blocking:
    def observe(self, vantage: Vantage) -> Observation:
        return up()


@dataclass
class Loose:
    async def observe(self, vantage: Vantage) -> Observation:
        return up()


class Plain:
    async def observe(self, vantage: Vantage) -> Observation:
        return up()


@dataclass(frozen=True)
class Blind: ...


@dataclass(frozen=True)
class Greedy:
    async def observe(self, vantage: Vantage, more: int) -> Observation:
        return up()


@dataclass(frozen=True)
class Yielding:
    async def observe(self, vantage: Vantage) -> AsyncIterator[Observation]:
        yield up()


@dataclass(frozen=True)
class Strange:
    thing: Plain

    async def observe(self, vantage: Vantage) -> Observation:
        return up()


@dataclass(frozen=True)
class Asking:
    async def observe(self, vantage: Vantage) -> Observation:
        return up()

    def measures(self, more: int) -> list[Measure]:
        return []


def test_good_kind_has_no_faults():
    assert faults(ProbeKind("good-1", Good, measures=[Measure("probe_good", "Good.")])) == []


def test_synchronous_observe_is_allowed_and_seen():
    kind = ProbeKind("blocking", Blocking)

    assert faults(kind) == []
    assert is_synchronous(kind)
    assert not is_synchronous(ProbeKind("good", Good))


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (ProbeKind("Bad Name", Good), "lower-case letters, digits and hyphens"),
        (ProbeKind("-a", Good), "lower-case letters, digits and hyphens"),
        (ProbeKind("a", Loose), "Loose is not frozen"),
        (ProbeKind("a", Plain), "Plain is not a dataclass"),
        (ProbeKind("a", Good(a=2)), "a Good is not a dataclass"),
        (ProbeKind("a", Blind), "Blind has no observe(self, vantage)"),
        (ProbeKind("a", Greedy), "must take self and vantage"),
        (ProbeKind("a", Yielding), "observe yields"),
        (ProbeKind("a", Strange), "a field of Strange has a type that configuration cannot fill"),
        (ProbeKind("a", Asking), "measures must take self alone"),
        (ProbeKind("a", Good, measures=["probe_a"]), "a str is not a Measure"),
        (ProbeKind("a", Good, measures="probe_a"), "must be a list or a tuple"),
        (ProbeKind("a", Good, measures=[Measure("probe_success", "Mine.")]), "a name that the monitor itself uses"),
        (ProbeKind("a", Good, measures=[Measure("monitor_lag", "Mine.")]), "a name that the monitor itself uses"),
        (ProbeKind("a", Good, measures=[Measure("probe_a", "Mine.", series=0)]), "allows no series"),
        (SourceKind("a", Good), "Good has no rows(self, vantage)"),
        (SourceKind("a", Plain), "Plain is not a dataclass"),
        (Good, "monitor_kinds offers Good; offer ProbeKind and SourceKind records"),
        ("http", "monitor_kinds offers a str"),
        (None, "monitor_kinds offers a NoneType"),
    ],
)
def test_fault_is_named(kind, fault):
    assert fault in "; ".join(faults(kind))
