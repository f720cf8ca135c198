"""Cells are what drivers return, in few types; what is shown of one is a number, a time, a yes or no, or nothing."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

from monitor.plugin import ProbeError, Reason
from monitor.plugin.cells import NO_CELL, cell_of, holds, number_of, shown, time_of

HANOI = timezone(timedelta(hours=7))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, None), (True, True), (5, 5), (2.5, 2.5), ("a", "a"), (Decimal("2.50"), 2.5), (Decimal(7), 7),
        (Decimal("NaN"), None), (b"\x01\xff", "01ff"), (timedelta(minutes=1), 60.0), ([1], NO_CELL), ({}, NO_CELL),
        (UUID(int=0), "00000000-0000-0000-0000-000000000000"),
        (datetime(2026, 5, 4, 8, tzinfo=HANOI), datetime(2026, 5, 4, 1, tzinfo=UTC)),
        (datetime.fromisoformat("2026-05-04T08:00"), datetime(2026, 5, 4, 1, tzinfo=UTC)),
        (date(2026, 5, 4), datetime(2026, 5, 3, 17, tzinfo=UTC)),
        (datetime.fromisoformat("0001-01-01"), datetime(1, 1, 1, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_value_of_a_driver_becomes_a_cell(value, cell):
    assert cell_of(value, HANOI, 100) == cell


@pytest.mark.parametrize("value", ["x" * 101, b"x" * 101])
def test_long_cell_is_refused(value):
    with pytest.raises(ProbeError) as raised:
        cell_of(value, None, 100)

    assert raised.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("value", "number"),
    [(5, 5), ("5", 5), (" 2.5 ", 2.5), (True, None), ("1_0", None), ("nan", None), (float("inf"), None), (10**70, None),
     (datetime.now(UTC), None), ("٣", None), ("9" * 50, None)],
)  # fmt: skip
def test_number_of_a_cell(value, number):
    assert number_of(value) == number


def test_time_of_a_cell():
    assert time_of("2026-05-04T08:00:00+07:00") == datetime(2026, 5, 4, 1, tzinfo=UTC)
    assert time_of("yesterday, at ten o'clock") is None
    with pytest.raises(ProbeError, match="no zone"):
        time_of("2026-05-04T08:00:00")


@pytest.mark.parametrize(
    ("comparison", "value", "limit", "result"),
    [
        ("equals", 1, True, True), ("equals", None, 1, False), ("not_equals", None, 1, False),
        ("not_equals", "b", "a", True), ("equals", "5", 5, True), ("exists", None, False, True),
        ("less_than", None, 5, False), ("at_least", "x", 0, False),
    ],
)  # fmt: skip
def test_comparisons(comparison, value, limit, result):
    assert holds(comparison, value, limit) is result


@pytest.mark.parametrize(
    ("value", "is_number", "text"),
    [("Nguyễn", True, "a text"), ("12", True, "a text"), (12, False, "a number"), (12, True, "12"),
     (None, True, "NULL"), (True, False, "true"), (10**70, True, "a number of more than 60 digits")],
)  # fmt: skip
def test_nothing_of_a_person_is_shown(value, is_number, text):
    assert shown(value, is_number=is_number) == text
