"""Lines of the text format: labels and numbers as prometheus_client writes them."""

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from prometheus_client.utils import floatToGoString

from monitor.sinks.printable import printable

LARGE = 1e6
"""From here on prometheus_client writes numbers with an exponent."""
SHORT = 8
"""Texts up to here are worth sharing: 1.0, 200.0 …"""
PLAIN = re.compile(r"[A-Za-z0-9_/. -]*", re.ASCII)

Sample = tuple[str, Mapping[str, str], float]
"""Name, labels and value."""


def quoted(value: str) -> str:
    """Return the value of a label in quotes, whatever it holds."""
    if PLAIN.fullmatch(value):
        return f'"{value}"'
    return '"' + printable(value).replace("\\", r"\\").replace('"', r"\"") + '"'


shared_quotes = lru_cache(maxsize=16_384)(quoted)
"""For ids, of which thousands of series have the same few thousand."""


def labelled(name: str, labels: Mapping[str, str], more: Sequence[str], values: Mapping[tuple[str, ...], float]) -> str:
    """Return the lines of one family that differ in some labels only.

    Args:
        name: Of the family.
        labels: Those that all lines have.
        more: Names of the labels in which they differ.
        values: By the values of these labels.
    """
    places = {one: place for place, one in enumerate(more)}
    parts, order = [f"{name}{{"], list[int]()
    for one in sorted([*labels, *more]):
        parts[-1] += f"{one}="
        if one in places:
            order.append(places[one])
            parts.append(",")
        else:
            parts[-1] += f"{quoted(labels[one])},"
    parts[-1] = parts[-1].removesuffix(",") + "} "
    first, *others = parts
    found = []
    for those, value in values.items():
        text = first
        for place, part in zip(order, others, strict=True):
            text += shared_quotes(those[place]) + part
        found.append(f"{text}{number(value)}\n")
    return "".join(found)


def pairs(labels: Mapping[str, str]) -> str:
    """Return labels as they stand between the braces, in the order of the alphabet."""
    return ",".join(f"{name}={quoted(labels[name])}" for name in sorted(labels))


def number(value: float) -> str:
    """Return a number as Prometheus reads it."""
    return str(floatToGoString(value)) if value >= LARGE else repr(float(value))  # type: ignore[no-untyped-call]


def ending(value: float) -> str:
    """Return a number and the end of its line; equal short ones are one object."""
    text = f"{value!r}\n" if type(value) is float and value < LARGE else f"{number(value)}\n"
    return sys.intern(text) if len(text) <= SHORT else text


def lines(samples: Iterable[Sample]) -> str:
    """Return samples as lines."""
    return "".join([f"{name}{{{pairs(labels)}}} {number(value)}\n" for name, labels, value in samples])
