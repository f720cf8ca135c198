"""What is asked is what Grafana would ask, and what is remembered bears the names that the rules give."""

from deploy.rules import recorded

from monitor.sinks.metrics.families import DECLARED
from tests.benchmarks.past import remembered
from tests.benchmarks.rules import queries, written

BOARD = {
    "time": {"from": "now-24h"},
    "panels": [
        {"targets": [{"expr": 'sum(a:b:c{agency=~"$agency"}) or vector(0)', "instant": True}]},
        {"panels": [{"targets": [{"expr": "rate(x_total[$__rate_interval])"}]}]},
        {"type": "text"},
    ],
}


def test_variables_are_filled_in_and_ranges_reach_back_as_far_as_the_dashboard():
    assert [*queries(BOARD)] == [
        ('sum(a:b:c{agency=~".*"}) or vector(0)', 0),
        ("rate(x_total[1m])", 86_400),
    ]
    assert written("increase(x_total{hub=~'${hub}'}[$__range])", "24h") == "increase(x_total{hub=~'.*'}[24h])"


def test_what_is_remembered_has_a_name_that_is_recorded_or_declared():
    declared = {family.name for family in DECLARED} | {"datashare_exchange_transactions_total"}
    names = {next(series)[0].partition("{")[0] for series, *_ in remembered(1_800_000_000)}

    assert names <= recorded() | declared


def test_nothing_remembered_lies_ahead():
    assert all(first < last <= 1_800_000_000 for _, first, last, _ in remembered(1_800_000_000))
