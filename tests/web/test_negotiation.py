"""Promise: a client gets the format it prefers, and text 0.0.4 uncompressed when it says nothing sensible."""

import pytest

from monitor.web.negotiation import accepts_gzip, preferences, wants_html, wants_openmetrics

PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
TEXT_FIRST = "text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.4,*/*;q=0.2"
PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7"


@pytest.mark.parametrize(
    "accept", [PROMETHEUS_2, PROMETHEUS_3, "application/openmetrics-text", f"{PROTOBUF},{PROMETHEUS_3}"]
)
def test_openmetrics_goes_to_those_who_prefer_it(accept):
    assert wants_openmetrics(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "", "*/*", "text/plain", TEXT_FIRST, PROTOBUF, "application/openmetrics-text;q=0",
        "application/openmetrics-text;version=9.9.9", "application/openmetrics-text;q=nan", ";;;,,,=;q=", "\x00",
    ],
)  # fmt: skip
def test_everybody_else_gets_text(accept):
    assert not wants_openmetrics(accept)


@pytest.mark.parametrize(
    ("accept_encoding", "expected"),
    [
        ("gzip", True), ("GZIP;q=0.5, br", True), ("*", True), ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("", False), ("identity", False), ("gzip;q=0", False), ("gzip;q=0, *", False), ("xgzip", False),
        ("gzip;q=2", False), ("br", False),
    ],
)  # fmt: skip
def test_gzip_is_used_only_where_it_is_allowed(accept_encoding, expected):
    assert accepts_gzip(accept_encoding) is expected


def test_a_browser_is_told_from_a_program():
    assert wants_html("text/html,application/xhtml+xml,*/*;q=0.8")
    assert not wants_html("*/*")
    assert not wants_html("text/html;q=0")


def test_an_endless_header_is_cut():
    assert len(preferences("a," * 1_000_000)) < 5000
