"""Rows are read from CSV and JSON lines, and a text that is neither says where, without a word of what is in it."""

import json
import time
from collections.abc import Callable
from itertools import product
from string import ascii_letters
from typing import Any

import pytest
from ordeal import MIB, costing

from monitor.plugin import ProbeError, Reason, TableFormat, rows_apart, rows_of


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
        (b"\xef\xbb\xbf\n", "jsonl", []),
        ('\ufeff{"t\u00ean": "Hu\u1ebf\u2028x"}\n'.encode(), "jsonl", [{"t\u00ean": "Hu\u1ebf\u2028x"}]),
        ('\u00a0\u3000\n \t\r\n{"a": 1}\n\u2003'.encode(), "jsonl", [{"a": 1}]),
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
        (b"\xff\n{}", "jsonl", "line 1 is not JSON that can be read: it is not in Unicode"),
        (b"\xef\xbb\xbf" * 2 + b"{}\n", "jsonl", "line 1 is not JSON"),
        (b"{}\n\xef\xbb\xbf{}\n", "jsonl", "line 2 is not JSON"),
        (b"{}\n\xef\xbb\xbf\n{}\n", "jsonl", "line 2 is not JSON"),
        ("{}".encode("utf-16-be"), "jsonl", "line 1 is not JSON"),
        ("\ufeff{}".encode("utf-16-le"), "jsonl", "line 1 is not JSON that can be read: it is not in Unicode"),
        ("{}".encode("utf-32-le"), "jsonl", "line 1 is not JSON"),
        (b"{}\n\xff", "jsonl", "line 2 is not JSON that can be read: it is not in Unicode"),
        (b'{"a": "\xed\xa0\x80"}', "jsonl", "line 1 is not JSON that can be read: it is not in Unicode"),
        (b'{"a": NaN}', "jsonl", "line 1 is not JSON that can be read: it holds a number that is none"),
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


@pytest.mark.parametrize("unit", [b"[],", b"{},", b'{"a":1},', b"[[[[]]]],", b"1,", b'"ab",'])
def test_line_that_would_take_many_times_its_size_is_too_large(unit):
    text = b'{}\n{"a": [' + unit * (15 * MIB // len(unit)) + b"1]}\n"

    with costing(35), pytest.raises(ProbeError, match="line 2 is JSON with more than") as told:
        read(text, "jsonl")

    assert told.value.reason is Reason.TOO_LARGE


async def test_long_text_is_read_in_a_thread():
    text = b'{"at": "2026-11-29T10:00:00Z", "app": "HNI-DANCU", "code": 200, "deep": [1, 2]}\n' * 100_000
    ours, all_together = time.thread_time(), time.process_time()

    count = 0
    async for row in rows_apart(text, TableFormat.JSON_LINES, 100_000):
        count += row["code"] == 200

    assert count == 100_000
    assert time.thread_time() - ours < (time.process_time() - all_together) / 2


WIDE = {f"column-{number}": "x" * 200 for number in range(1000)}
WIDE_ROWS = 40
TABLES = {
    "jsonl": (json.dumps(WIDE) + "\n") * WIDE_ROWS,
    "csv": ",".join(WIDE) + "\n" + (",".join(WIDE.values()) + "\n") * WIDE_ROWS,
}


@pytest.mark.parametrize("written", TABLES)
async def test_few_wide_rows_are_held_at_a_time(written, monkeypatch):
    held = []

    async def apart(_: bytes, read: Callable[[], Any]) -> Any:
        rows = read()
        held.append(len(rows))
        return rows

    monkeypatch.setattr("monitor.plugin.tables.apart", apart)

    rows = [row async for row in rows_apart(TABLES[written].encode(), TableFormat(written), 100)]

    assert rows == [WIDE] * WIDE_ROWS
    assert sum(held) == WIDE_ROWS
    assert max(held) <= 6, "about 1 MiB"


async def test_memory_does_not_grow_with_the_rows():
    names = ("".join(letters) for letters in product(ascii_letters, repeat=3))
    line = json.dumps(dict.fromkeys(names, 1)).encode() + b"\n"
    count = 32 * MIB // len(line)
    text = line * count

    with costing(115):
        rows = [len(row) async for row in rows_apart(text, TableFormat.JSON_LINES, 100)]

    assert rows == [len(ascii_letters) ** 3] * count


@pytest.mark.parametrize("times", [1, 100_000])
async def test_rows_before_a_wrong_one_may_be_seen_and_the_error_is_the_same(times):
    with pytest.raises(ProbeError, match=f"line {times + 1} is not JSON"):
        [row async for row in rows_apart(b"{}\n" * times + b"secret", TableFormat.JSON_LINES, MIB)]


def test_rows_beyond_the_limit_are_refused():
    with pytest.raises(ProbeError, match="more than 3 rows"):
        read(b"a\n1\n2\n3\n4\n", "csv", most=3)
