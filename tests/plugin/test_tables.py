"""Rows are read from CSV and JSON lines, and a text that is neither says where, without a word of what is in it."""

import pytest

from monitor.plugin import ProbeError, Reason, TableFormat, rows_of


def read(text: bytes, written: str, most: int = 100) -> list:
    return list(rows_of(text, TableFormat(written), most))


@pytest.mark.parametrize(
    ("text", "written", "rows"),
    [
        (b"", "csv", []),
        (b"a,b\n", "csv", []),
        (b"a,b\n1,2\n\n3,4", "csv", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]),
        (b'a,b\r\n"x\r\ny","q""q"\r\n', "csv", [{"a": "x\r\ny", "b": 'q"q'}]),
        ("\ufefftên\nHuế\u2028x\n".encode(), "csv", [{"tên": "Huế\u2028x"}]),
        (b"", "jsonl", []),
        (b'{"a": 1}\r\n\n{"a": null, "b": [1], "c": {}}', "jsonl", [{"a": 1}, {"a": None}]),
    ],
)
def test_rows_are_read(text, written, rows):
    assert read(text, written) == rows


@pytest.mark.parametrize(
    ("text", "written", "detail"),
    [
        (b"a\n\xff", "csv", "not UTF-8 text: byte 2"),
        (b"a,b\n1\n", "csv", "line 2 has 1 cells, the head 2"),
        (b"a,a\n", "csv", "the head of 2 columns"),
        (b",".join(b"%d" % n for n in range(2000)), "csv", "the head of 2000 columns"),
        (b'a\n"secret', "csv", "line 2 is not CSV"),
        (b"a\n" + b"x" * 200_000, "csv", "line 2 is not CSV"),
        (b"{}\nsecret", "jsonl", "line 2 is not JSON"),
        (b"[" * 100_000, "jsonl", "line 1 is not JSON"),
        (b"[]", "jsonl", "line 1 is a list, expected an object"),
        (b"1" * 10_000, "jsonl", "line 1 is not JSON"),
    ],
)
def test_text_that_is_no_table_is_told(text, written, detail):
    with pytest.raises(ProbeError) as told:
        read(text, written)

    assert told.value.reason is Reason.CONTENT
    assert told.value.detail.startswith(detail)
    assert "secret" not in told.value.detail


def test_rows_beyond_the_limit_are_refused():
    with pytest.raises(ProbeError, match="more than 3 rows"):
        read(b"a\n1\n2\n3\n4\n", "csv", most=3)
