"""A file that is not plain UTF-8 text is refused with the place of the first bad byte."""

import pytest

from monitor.config.problem import Problem
from monitor.config.text import decoded


@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
    [
        ("a: Hà N".encode() + b"\xf4i\n", 1, 8, "byte 0xf4 is not UTF-8"),
        (b"a: 1\nb: \xff", 2, 4, "byte 0xff is not UTF-8"),
        ("a: 1".encode("utf-16"), 1, 1, "byte 0xff is not UTF-8"),
        (b"\xef\xbb\xbfa: \xff", 1, 4, "byte 0xff is not UTF-8"),
        (b"a: \xed\xa0\x80", 1, 4, "is not UTF-8"),
        (b"a: 1\nb: x\0y\n", 2, 5, "the control character NUL"),
        (b"a: \x1b[31m", 1, 4, "the control character U+001B"),
        ("a: \x85\x9b".encode(), 1, 5, "the control character U+009B"),
    ],
)
def test_bad_byte_is_reported_with_its_place(content, line, column, message):
    problem = decoded("a.yaml", content)

    assert isinstance(problem, Problem)
    assert (problem.line, problem.column) == (line, column)
    assert message in problem.message


def test_byte_order_mark_line_ends_tabs_and_vietnamese_are_text():
    assert (
        decoded("a.yaml", b"\xef\xbb\xbfa: 1\r\n# \t\n" + "b: Đà Nẵng 🇻🇳\n".encode()) == "a: 1\r\n# \t\nb: Đà Nẵng 🇻🇳\n"
    )
