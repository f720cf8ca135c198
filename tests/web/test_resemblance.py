"""Promise: what was meant is found, quickly, in an inventory of any size."""

import time

import pytest
from web.pretend import check, inventory

from monitor.inventory import AgencyId, Inventory
from monitor.web.resemblance import nearest, nearest_checks


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("ha-noi/lgsp/crt", "ha-noi/lgsp/cert"),
        ("ha-noi/lgps/cert", "ha-noi/lgsp/cert"),
        ("hanoi/lgsp/cert", "ha-noi/lgsp/cert"),
        ("ha-noi/lgsp", "ha-noi/lgsp/cert"),
        ("bo-cong-an/populaton-db/pings", "bo-cong-an/population-db/ping"),
    ],
)
def test_misspelt_part_is_found(wanted, expected):
    assert expected in nearest_checks(wanted, inventory())[:2]


@pytest.mark.parametrize("wanted", ["", "/", "///", "zzz/zzz/zzz", "a" * 100_000, "\ud800/x/y"])
def test_nothing_alike_gives_nothing(wanted):
    assert nearest_checks(wanted, inventory()) == []


def test_case_does_not_matter():
    assert nearest("Ha-Noi", ["ha-noi", "hue"]) == ["ha-noi"]


def test_large_inventory_is_searched_quickly():
    one = check("x/y/z")
    ids = [f"agency-{number % 56}/system-{number // 280}/check-{number // 56 % 5}" for number in range(100_000)]
    there = Inventory(
        agencies={AgencyId(f"agency-{number}"): None for number in range(56)}, checks=dict.fromkeys(ids, one)
    )
    there.__dict__["checks_of"] = {}
    for name in ids:
        there.checks_of.setdefault(name.rpartition("/")[0], []).append(name)
    began = time.perf_counter()

    found = nearest_checks("agency-7/systen-12/check-1", there)

    assert found[0] == "agency-7/system-12/check-1"
    assert time.perf_counter() - began < 0.5
