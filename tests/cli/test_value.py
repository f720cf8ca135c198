"""Promise: a value reads as what it is: a moment, a length of time, a size, a share."""

from datetime import UTC, datetime

import pytest

from monitor.cli.value import value_text
from monitor.measure import Measure, MeasureKind

NOW = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("probe_ssl_earliest_cert_expiry", 1780272000, "2026-06-01 00:00 UTC, in 28 days"),
        ("exchange_last_record_timestamp_seconds", 1777849200, "2026-05-03 23:00 UTC, 1 h ago"),
        ("exchange_last_record_timestamp_seconds", 1e30, "1e+30"),
        ("probe_dns_lookup_time_seconds", 0.0123, "12.3 ms"), ("exchange_lag_seconds", 7260, "2 h 1 min"),
        ("exchange_bytes", 2048, "2.0 KiB"), ("exchange_match_ratio", 0.985, "98.5 %"),
        ("probe_http_status_code", 503, "503"), ("probe_http_status_code", float("nan"), "nan"),
    ],
)  # fmt: skip
def test_value_is_written_by_the_end_of_its_name(name, value, expected):
    assert value_text(Measure(name, "Help."), value, NOW) == expected


def test_counter_is_a_number():
    assert value_text(Measure("exchange_calls_total", "Help.", MeasureKind.TOTAL), 12345678, NOW) == "12345678"
