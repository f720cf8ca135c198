"""Promise: lengths of time and sizes mean what they mean to the tool that wrote them."""

from datetime import timedelta

import pytest

from monitor.migration.quantity import length_of, size_of


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("30s", 30), ("1m30s", 90), ("1h0m0s", 3600), ("300ms", 0.3), ("2d", 172800), ("1w", 604800), ("1.5h", 5400),
        (60, 60), (0.5, 0.5), ("100us", 0.001),
    ],
)  # fmt: skip
def test_length_is_read(written, seconds):
    assert length_of(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written", ["", "soon", "5", 0, -1, "0s", True, None, [], "1y" * 60 + "999999999y", float("nan")]
)
def test_what_is_no_length_is_none(written):
    assert length_of(written) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [("1MB", "1MiB"), ("64KiB", "64KiB"), (512, "512B"), ("0", None), ("much", None), (True, None), ("-1B", None)],
)
def test_size_is_read(written, expected):
    assert size_of(written) == expected
