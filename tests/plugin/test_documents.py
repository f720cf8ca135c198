"""JSON of a target is read when it is JSON and of some size, whatever it is made to cost."""

import pytest
from ordeal import costing

from monitor.plugin import ProbeError, Reason
from monitor.plugin.documents import read_json

MIB = 1024 * 1024


@pytest.mark.parametrize("body", [b"{}", b"[1, 2]", b'"a"', b"\xef\xbb\xbf[]", '{"a": 1}'.encode("utf-16")])
def test_json_is_read(body):
    read_json(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "expecting value"),
        (b"{", "expecting property name"),
        (b"[NaN]", "a number that is none"),
        (b"[-Infinity]", "a number that is none"),
        (b"9" * 5000, "a number that is none or too long"),
        (b"[" * 50_000, "nested too deeply"),
        (b"\xff", "not in Unicode"),
        (b'{"canary-001079012345678"', "expecting"),
    ],
)
def test_what_is_none_is_refused_without_its_text(body, words):
    with pytest.raises(ProbeError, match=words) as raised:
        read_json(body)

    assert raised.value.reason is Reason.CONTENT
    assert "canary" not in raised.value.detail


@pytest.mark.parametrize("unit", [b"[],", b"{},", b'{"a":1},', b"[[[[]]]],", b"1,", b'"ab",', b"1.5,"])
def test_document_that_would_take_many_times_its_size_is_too_large(unit):
    body = b"[" + unit * (4 * MIB // len(unit)) + b"1]"

    with costing(20), pytest.raises(ProbeError) as raised:
        read_json(body)

    assert raised.value.reason is Reason.TOO_LARGE


@pytest.mark.parametrize(
    ("body", "most"),
    [
        (b"[" * 100_001, "100,000 lists and objects"),
        (b"[" * 8 * MIB, "209,715 lists and objects"),
        (b"1," * 400_001, "400,000 values"),
        (b"1," * 4 * MIB, "838,860 values"),
    ],
)
def test_limit_that_is_named_is_the_one_that_was_passed(body, most):
    with pytest.raises(ProbeError) as raised:
        read_json(body)

    assert (raised.value.reason, raised.value.detail) == (Reason.TOO_LARGE, f"the body is JSON with more than {most}")


def test_large_document_of_ordinary_rows_is_read():
    row = b'{"at": "2026-11-29T10:00:00Z", "app": "HNI-DANCU", "code": 200},'

    assert len(read_json(b"[" + row * 150_000 + b"1]")) == 150_001
