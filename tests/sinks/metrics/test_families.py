"""The catalogue is sound: names, helps and labels follow the rules of the house."""

import re

import pytest

from monitor.measure import Measure, MeasureKind
from monitor.plugin.conformance import measure_faults
from monitor.sinks.metrics import CATALOGUE
from monitor.sinks.metrics.families import DECLARED, RESERVED
from monitor.sinks.metrics.family import FamilyType


@pytest.mark.parametrize("family", CATALOGUE, ids=lambda family: family.name)
def test_family_follows_the_rules(family):
    assert re.fullmatch(r"datashare_[a-z0-9_]*[a-z0-9]", family.name)
    assert (family.type is FamilyType.COUNTER) == family.name.endswith("_total")
    assert family.help.endswith(".")
    assert list(family.labels) == sorted(set(family.labels))
    assert not {"quantile", "le", "job", "instance"} & set(family.labels)


def test_no_name_is_declared_twice():
    names = [family.name for family in CATALOGUE] + [family.base for family in CATALOGUE if family.base != family.name]

    assert len(names) == len(set(names))


def test_every_declared_name_is_reserved():
    assert {family.name for family in DECLARED} <= RESERVED
    assert "datashare_probe_latency_seconds_bucket" in RESERVED


@pytest.mark.parametrize("family", CATALOGUE, ids=lambda family: family.name)
def test_no_plugin_may_declare_a_family_of_ours(family):
    kind = MeasureKind.TOTAL if family.type is FamilyType.COUNTER else MeasureKind.GAUGE

    assert [*measure_faults(Measure(family.name.removeprefix("datashare_"), "Mine.", kind))]


def test_families_that_share_an_identity_join_without_relabelling():
    for family in DECLARED:
        if "check" in family.labels:
            assert {"agency", "target"} <= set(family.labels)
