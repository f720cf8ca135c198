"""Lines are what prometheus_client would write."""

import math
import random
import struct

import pytest
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.utils import floatToGoString

from monitor.sinks.metrics.line import ending, labelled, lines, number, quoted


@pytest.mark.parametrize("value", [0, 1, -1, 1.0, 0.1, 999_999.9, 1e6, 1234567.5, 1_746_316_800.25, 1e-7, -5e9, 2**70])
def test_number_is_prometheus_clients(value):
    assert number(value) == floatToGoString(value)
    assert ending(value) == floatToGoString(value) + "\n"


def test_random_numbers_are_prometheus_clients():
    chance = random.Random(5)
    for _ in range(20_000):
        value = struct.unpack("d", chance.randbytes(8))[0]
        if math.isfinite(value):
            assert ending(value) == floatToGoString(value) + "\n"


@pytest.mark.parametrize("value", ["plain", 'quo"ted', "back\\slash", "Hà Nội", "", "{}", "a=b,c"])
def test_label_is_prometheus_clients(value):
    registry = CollectorRegistry()
    Gauge("some_gauge", "Help.", ["b", "a"], registry=registry).labels(b=value, a="x").set(2)

    expected = generate_latest(registry).decode().splitlines(keepends=True)[-1]

    assert lines([("some_gauge", {"b": value, "a": "x"}, 2.0)]) == expected


@pytest.mark.parametrize("hostile", ["one\ntwo", "\x1b[2J", "\ud800", "\u2028", "\x00"])
def test_label_that_would_break_the_exposition_is_written_out(hostile):
    text = quoted(hostile)

    assert text.isprintable()
    assert text.startswith(('"\\\\', '"one\\\\n'))
    text.encode()


def test_equal_short_numbers_are_one_object():
    assert ending(float("200")) is ending(200.0)


@pytest.mark.parametrize("more", [("consumer",), ("service", "a", "zone"), ("zone", "b")])
def test_lines_that_differ_in_some_labels_are_those_made_one_by_one(more):
    labels = {"agency": 'Hà "Nội"', "check": "calls", "target": "x{}y"}
    values = {tuple(f"{name}-{number}" for name in more): number * 1.5e5 for number in range(9)}

    expected = lines(("some_total", labels | dict(zip(more, one, strict=True)), value) for one, value in values.items())

    assert labelled("some_total", labels, more, values) == expected


def test_no_values_are_no_lines():
    assert labelled("some_total", {"agency": "a"}, ("b",), {}) == ""
