"""Plain scalars mean what JSON says: YAML 1.1's surprises stay text."""

import pytest

from monitor.config.scalar import plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("true", True), ("False", False), ("0", 0),
        ("-7", -7), ("12000", 12000), ("99.0", 99.0), ("1e3", 1000.0), ("-0.5", -0.5),
    ],
)  # fmt: skip
def test_word_or_number_of_json_is_one(text, value):
    assert plain(text) == value
    assert type(plain(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "on", "off", "yes", "no", "y", "N", "012", "00", "0x1f", "0o17", "0b1", "1:30", "22:00", "190:20:30", "1_000",
        "+5", ".5", "5.", ".inf", "-.inf", ".nan", "1e999", "2026-05-04", "2026-05-04 22:00", "9" * 30, "1" * 5000,
        "=", "TrUe", "tRUE", "-", "--", "1e", "٣",
    ],
)  # fmt: skip
def test_anything_else_stays_text(text):
    assert plain(text) == text
