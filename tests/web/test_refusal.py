"""Promise: what was meant is found, quickly, in an inventory of any size."""

import time

from monitor.web.refusal import nearest


def test_misspelt_part_is_found():
    names = ["ha-noi/lgsp/cert", "ha-noi/population/lookup", "hue/lgsp/cert"]

    assert nearest("ha-noi/lgps/cert", names)[0] == "ha-noi/lgsp/cert"


def test_case_does_not_matter():
    assert nearest("Ha-Noi/LGSP/Cert", ["ha-noi/lgsp/cert"]) == ["ha-noi/lgsp/cert"]


def test_nothing_alike_gives_nothing():
    assert nearest("x", ["ha-noi/lgsp/cert"]) == []


def test_large_inventory_is_searched_quickly():
    names = [f"agency-{number % 56}/system-{number // 56}/check" for number in range(100_000)]
    began = time.perf_counter()

    nearest("nobody/knows/this", names)
    nearest("agency-7/systen-12/check", names)
    nearest("a" * 100_000, names)

    assert time.perf_counter() - began < 2
