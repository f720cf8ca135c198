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
        ("1_0", 0, 0.5, 9.5),
        ("0x1p3", 0, 0.5, 7.5),
        ("1.", 0, 0.5, 0.5),
        (".75", 0, 0.5, 0.25),
        ("1E1", 0, 0.5, 9.5),
        ("+10", 0, 0.5, 9.5),
        ("-10", 5, 0.5, 5),
        ("-10", 0, 0.5, 0),
        ("-inf", 5, 0.5, 5),
        ("inf", 5, 0.5, 5),
        ("Infinity", 0, 0.5, 0),
        ("NaN", 5, 0.5, 0),
        ("1e300", 0, 0.5, 0),
        ("1e300", 5, 0.5, 5),
        ("1e6", 0, 0.5, 3600),
    ],
)
def test_the_shorter_counts(header, module, offset, seconds):
    assert timeout_seconds(header, module, offset) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "header",
    [
        "soon",
        "1s",
        "--1",
        "+-1",
        "1__0",
        "_1",
        "1_",
        "1_.5",
        "0x10",
        "1e",
        "e1",
        ".",
        "1,5",
        "1 0",
        "-nan",
        "infini",
        "1e999",
        "0x1p9999",
        "١٠",
        "１０",
        "1" * 401,
    ],
)
def test_what_is_no_number_is_refused(header):
    with pytest.raises(TimeoutHeaderError):
        timeout_seconds(header, 5, 0.5)
