"""A fingerprint changes when what a check does or may report changes, and not otherwise."""

from datetime import timedelta

import pytest

from monitor.config.beat import Beat
from monitor.config.recipe import Look, Measures, Recipe
from monitor.inventory import Confirm
from monitor.measure import Label, Measure
from monitor.plugin.probe import Where
from monitor.plugin.remote import UnavailableProbe

MEASURE = Measure("probe_a", "A.", labels=(Label.of("part", ("x", "y", "z")),))


def fingerprint(max_latency: timedelta | None = None, **look: object) -> str:
    beat = Beat(
        every=timedelta(seconds=30),
        timeout=timedelta(seconds=5),
        confirm=Confirm(),
        recheck=timedelta(seconds=10),
        phases=False,
    )
    made = Look(**{"probe": UnavailableProbe("no"), "measures": Measures.of([MEASURE]), **look})
    recipe = Recipe(name="c", kind="k", look=made, beat=beat, formerly=(), settings={"b": 1, "a": [2]})
    return recipe.check("a/b", max_latency).fingerprint


def test_fingerprint_is_the_same_in_every_process():
    assert fingerprint() == "37946e825c65a688714d2ff1"


@pytest.mark.parametrize(
    "look",
    [
        {"plugin": "other"},
        {"where": Where.WORKER},
        {"probe": UnavailableProbe("yes")},
        {"measures": Measures.of([])},
        {"measures": Measures.of([Measure("probe_a", "A.")])},
    ],
)
def test_fingerprint_changes_with_what_looks_and_what_it_may_report(look):
    assert fingerprint(**look) != fingerprint()


def test_fingerprint_changes_with_the_latency_objective():
    assert fingerprint(timedelta(seconds=1)) != fingerprint(timedelta(seconds=2)) != fingerprint()
