"""Quantiles are estimated as Prometheus does, between two moments only."""

from math import inf

import pytest

from tests.benchmarks.exposition import above, quantile, samples

PAGE = b"""# TYPE lateness_seconds histogram
lateness_seconds_bucket{le="0.01"} 50
lateness_seconds_bucket{le="0.1"} 90
lateness_seconds_bucket{le="+Inf"} 100
lateness_seconds_count 100
lateness_seconds_sum 3
# TYPE runs_total counter
runs_total{agency="a"} 2
runs_total{agency="b"} 3
"""
NOTHING = {0.01: 0, 0.1: 0, inf: 0}


def test_buckets_and_totals_are_read():
    page = samples(PAGE)

    assert page.buckets("lateness_seconds") == {0.01: 50, 0.1: 90, inf: 100}
    assert page.total("runs_total") == 5
    assert page.total("none") == 0


@pytest.mark.parametrize(("of", "expected"), [(0.25, 0.005), (0.5, 0.01), (0.7, 0.055), (0.9, 0.1), (0.99, 0.1)])
def test_a_quantile_lies_within_its_bucket(of, expected):
    assert quantile(of, NOTHING, samples(PAGE).buckets("lateness_seconds")) == pytest.approx(expected)


def test_what_was_counted_before_is_left_out():
    before = {0.01: 50, 0.1: 50, inf: 50}

    assert quantile(0.5, before, {0.01: 50, 0.1: 90, inf: 100}) == pytest.approx(0.01 + 0.09 * 25 / 40)
    assert above(0.1, before, {0.01: 50, 0.1: 90, inf: 100}) == 10
