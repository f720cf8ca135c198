"""Durations and sizes are read as people write them, and nothing else is taken for one."""

from datetime import timedelta

import pytest

from monitor.plugin.quantities import read_duration, read_size, shown, written_duration, written_size


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("30s", timedelta(seconds=30)),
        ("1.5s", timedelta(seconds=1.5)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        ("1h30m", timedelta(minutes=90)),
        ("1d2h3m4s5ms", timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=5)),
    ],
)
def test_duration_is_read(text, duration):
    assert read_duration(text) == duration


@pytest.mark.parametrize(
    "value",
    [
        "",
        "30",
        "2 hours",
        "5 parsecs",
        "s",
        "30S",
        "1h30",
        "30m1h",
        "1h1h",
        "1e3s",
        "٣s",
        "30s\n",
        " 30s",
        "--5s",
        "1_0s",
    ],
)
def test_text_that_is_no_duration_is_refused_with_a_remedy(value):
    with pytest.raises(ValueError, match="is not a duration; write"):
        read_duration(value)


@pytest.mark.parametrize("value", [30, 1.5, True, None, [], {}, ["30s"]])
def test_what_is_not_text_is_no_duration(value):
    with pytest.raises(ValueError, match="is not a duration; write 30s, 5m, 2h or 1d"):
        read_duration(value)


@pytest.mark.parametrize(("value", "why"), [("0s", "no time"), ("0h0m", "no time"), ("-5s", "less than nothing")])
def test_duration_must_be_positive(value, why):
    with pytest.raises(ValueError, match=why):
        read_duration(value)


@pytest.mark.parametrize("value", ["999999999d", "9" * 40 + "d", "36501d"])
def test_endless_duration_is_refused_and_never_overflows(value):
    with pytest.raises(ValueError, match=r"longer than 100 years|is not a duration"):
        read_duration(value)


@pytest.mark.parametrize(("text", "size"), [("512B", 512), ("64KiB", 65536), ("1MiB", 1048576), ("2GiB", 2 * 1024**3)])
def test_size_is_read_and_written_back(text, size):
    assert read_size(text) == size
    assert written_size(size) == text


@pytest.mark.parametrize("value", ["64KB", "1MB", "1 MiB", "1.5MiB", "", "MiB", "-1B", 1024, None, True, "1mib"])
def test_what_is_no_size_is_refused_with_a_remedy(value):
    with pytest.raises(ValueError, match="is not a size; write 512B, 64KiB, 1MiB or 2GiB"):
        read_size(value)


def test_nothing_is_no_size():
    with pytest.raises(ValueError, match="must be positive"):
        read_size("0MiB")


@pytest.mark.parametrize("text", ["500ms", "30s", "1m30s", "2h", "1d", "1d2h3m4s5ms"])
def test_written_duration_is_read_back(text):
    assert written_duration(read_duration(text)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", '"a"'),
        (5, "5"),
        (None, "nothing"),
        (False, "false"),
        ({"password": "hunter2"}, "a mapping"),
        (["hunter2"], "a list"),
        ("a\nb\x1b[31m", '"a\\x0ab\\x1b[31m"'),
    ],
)
def test_quoted_value_is_one_harmless_line(value, text):
    assert shown(value) == text


def test_quoted_value_is_never_long():
    assert len(shown("x" * 10_000)) <= 60
