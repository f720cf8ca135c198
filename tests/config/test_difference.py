"""Two inventories differ in what was added, changed and removed."""

from dataclasses import replace
from datetime import date, timedelta

from monitor.config import Changes, Difference, changes, difference
from monitor.config.difference import keeping
from monitor.inventory import Agency, AgencyClass, Check, Connection, Contact, Inventory, Programme, System, SystemKind
from monitor.plugin.remote import UnavailableProbe


def inventory(**fingerprints: str) -> Inventory:
    checks = [
        Check(
            id=f"a/b/{name}",
            kind="k",
            plugin="p",
            probe=UnavailableProbe(""),
            every=timedelta(seconds=1),
            timeout=timedelta(seconds=1),
            fingerprint=fingerprint,
        )
        for name, fingerprint in fingerprints.items()
    ]
    return Inventory(checks={check.id: check for check in checks})


def whole(telephone: str = "1", **system: object) -> Inventory:
    """Return one of everything, made anew."""
    return Inventory(
        agencies={"a": Agency(id="a", agency_class=AgencyClass.CITY, name="A")},
        contacts={("a", "duty"): Contact(id="duty", agency="a", telephone=telephone)},
        programmes={"emc": Programme(id="emc", name="EMC")},
        systems={"a/b": System(id="a/b", agency="a", kind=SystemKind.HUB, name="B", **system)},
        connections={"a/c": Connection(id="a/c", agency="a", consumer="a", provider="a/b", due=date(2026, 5, 4))},
    )


def test_difference_names_every_check_that_is_not_as_before():
    found = difference(inventory(same="1", other="1", gone="1"), inventory(same="1", other="2", new="1"))

    assert found.checks == Changes(
        added=frozenset({"a/b/new"}), changed=frozenset({"a/b/other"}), removed=frozenset({"a/b/gone"})
    )
    assert found.checks


def test_equal_inventories_do_not_differ():
    assert difference(inventory(same="1"), inventory(same="1")) == Difference()
    assert difference(whole(), whole()) == Difference()


def test_everything_else_is_compared_by_what_it_says():
    found = difference(whole(), replace(whole("2", tier=1), connections={}))

    assert found == Difference(
        contacts=Changes(changed=frozenset({("a", "duty")})),
        systems=Changes(changed=frozenset({"a/b"})),
        connections=Changes(removed=frozenset({"a/c"})),
    )


def test_counts_leave_out_what_stays():
    found = difference(replace(inventory(gone="1"), systems={}), replace(inventory(new="1"), systems=whole().systems))

    assert found.counts() == {"systems": {"added": 1}, "checks": {"added": 1, "removed": 1}}
    assert Difference().counts() == {}


def test_the_very_same_thing_is_not_looked_at():
    thing = object()

    def compare(*_):
        raise AssertionError("compared")

    assert not changes({"x": thing}, {"x": thing}, compare)


def test_targets_that_did_not_change_are_kept_as_the_very_same_objects():
    old, new = whole(), whole(zone="internet")

    found = keeping(old, new)

    assert found == new
    assert found.connections["a/c"] is old.connections["a/c"]
    assert found.systems["a/b"] is new.systems["a/b"]
    assert keeping(old, whole()).systems["a/b"] is old.systems["a/b"]
    assert keeping(old, Inventory()) == Inventory()
