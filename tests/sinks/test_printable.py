"""Hostile text comes out as one harmless line, and harmless text as it is."""

import sys
import unicodedata

import pytest

from monitor.sinks.printable import printable


@pytest.mark.parametrize("text", ["", "Nền tảng chia sẻ dữ liệu Hà Nội", 'quoted "text" \\ and {braces}', "日本 👍"])
def test_harmless_text_is_left_alone(text):
    assert printable(text) is text


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J\x07", r"\x1b[2J\x07"),
        ("one\ntwo\r\n", r"one\ntwo\x0d\n"),
        ("a\x9b31mb\x7f", r"a\x9b31mb\x7f"),
        ("abc\u202ecba", r"abc\u202ecba"),
        ("\u2028\u2029\x85", r"\u2028\u2029\x85"),
        ("half \ud800", r"half \ud800"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_what_is_not_safe_is_written_out(hostile, shown):
    assert printable(hostile) == shown


def test_no_character_at_all_gets_through_that_controls_a_terminal_or_breaks_a_line():
    everything = "".join(map(chr, range(sys.maxunicode + 1)))

    shown = printable(everything)

    assert shown.splitlines() == [shown]
    assert {unicodedata.category(character) for character in shown} & {"Cc", "Cs", "Zl", "Zp"} == set()
    shown.encode()
