"""Two inventories differ in what was added, changed and removed."""

from datetime import timedelta

from monitor.config import Difference, difference
from monitor.inventory import Check, Inventory
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


def test_difference_names_every_check_that_is_not_as_before():
    found = difference(inventory(same="1", other="1", gone="1"), inventory(same="1", other="2", new="1"))

    assert found == Difference(
        added=frozenset({"a/b/new"}), changed=frozenset({"a/b/other"}), removed=frozenset({"a/b/gone"})
    )
    assert found


def test_equal_inventories_do_not_differ():
    assert not difference(inventory(same="1"), inventory(same="1"))
