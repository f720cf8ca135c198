"""Regular expressions run in RE2: linear in the text, compiled once, and pickled as their text."""

import pickle
import time

import pytest

from monitor.plugin.pattern import Pattern, read_pattern


def test_pattern_matches_anywhere():
    assert read_pattern(r'"error_code":\s*0').search('{"error_code": 0}')
    assert not read_pattern(r'"error_code":\s*0').search('{"error_code": 5}')


def test_groups_are_those_of_re():
    assert read_pattern(r"(\d+) ms").search("took 12 ms").group(1) == "12"


def test_whole_match_needs_the_whole_text():
    assert read_pattern("a+").fullmatch("aaa")
    assert not read_pattern("a+").fullmatch("aab")


def test_bytes_may_be_searched():
    assert read_pattern("ok").search(b"\xff ok")


def test_text_outside_ascii_is_found():
    assert read_pattern("Hà Nội$").search("thành phố Hà Nội")


@pytest.mark.parametrize("value", ["(a", "[", "a**", "(?=a)", r"(a)\1", "a{2000}", 5, None, ["a"], "x" * 5000])
def test_what_re2_cannot_compile_is_refused(value, capfd):
    with pytest.raises(ValueError, match="is not a regular expression"):
        read_pattern(value)

    assert capfd.readouterr().err == ""


def test_look_around_is_explained():
    with pytest.raises(ValueError, match="RE2 has no look-around and no back-references"):
        read_pattern("(?=a)")


def test_evil_expression_takes_no_time():
    evil = read_pattern("(a+)+$")
    began = time.perf_counter()

    assert not evil.search("a" * 50_000 + "!")

    assert time.perf_counter() - began < 1


def test_pattern_pickles_as_its_text_and_equals_its_copy():
    pattern = read_pattern("a+")

    copy = pickle.loads(pickle.dumps(pattern))

    assert copy == pattern
    assert hash(copy) == hash(Pattern("a+"))
    assert copy.search("caab")
    assert len(pickle.dumps(pattern)) < 100
