"""How long a probe may take is blackbox_exporter's rule."""

import pytest

from monitor.web.probing.parameters import TimeoutHeaderError, timeout_seconds


@pytest.mark.parametrize(
    ("header", "module", "offset", "seconds"),
    [
        ("", 0, 0.5, 119.5),
        ("0", 0, 0.5, 119.5),
        ("10", 0, 0.5, 9.5),
        ("10", 5, 0.5, 5),
        ("10", 9.6, 0.5, 9.5),
        ("10", 15, 0.5, 9.5),
        ("0.3", 5, 0.5, 5),
        ("0.3", 0, 0.5, 0),
        ("5", 5, 0, 5),
    ],
)
def test_the_shorter_counts(header, module, offset, seconds):
    assert timeout_seconds(header, module, offset) == pytest.approx(seconds)


@pytest.mark.parametrize("header", ["soon", "nan", "inf", "1s", "--1"])
def test_what_is_no_number_is_refused(header):
    with pytest.raises(TimeoutHeaderError):
        timeout_seconds(header, 5, 0.5)
