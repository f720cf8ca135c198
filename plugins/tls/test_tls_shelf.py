"""Revocation lists are kept until they have to be replaced, and never more of them than fit."""

import datetime as dt

from datashare_monitor_tls.shelf import LONGEST, Shelf

NOW = dt.datetime(2026, 5, 4, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_list_is_kept_until_it_has_to_be_replaced():
    shelf = Shelf()
    shelf.keep("a", b"list", NOW + HOUR, NOW)

    assert shelf.get("a", NOW + HOUR - dt.timedelta(seconds=1)) == b"list"
    assert shelf.get("a", NOW + HOUR) is None
    assert shelf.get("a", NOW) is None


def test_list_that_holds_for_months_is_fetched_anew_after_a_day():
    shelf = Shelf()
    shelf.keep("a", b"list", NOW + 100 * LONGEST, NOW)

    assert shelf.get("a", NOW + LONGEST) is None


def test_list_that_does_not_say_when_is_not_kept():
    shelf = Shelf()
    shelf.keep("a", b"older", NOW + HOUR, NOW)
    shelf.keep("a", b"list", None, NOW)

    assert shelf.get("a", NOW) is None


def test_those_used_longest_ago_go_first_when_there_are_too_many():
    shelf = Shelf(most_lists=2)
    for place in "ab":
        shelf.keep(place, b"list", NOW + HOUR, NOW)
    shelf.get("a", NOW)
    shelf.keep("c", b"list", NOW + HOUR, NOW)

    assert [place for place in "abc" if shelf.get(place, NOW)] == ["a", "c"]


def test_bytes_are_bounded_whatever_is_kept_again_and_again():
    shelf = Shelf(most_bytes=100)
    for number in range(50):
        shelf.keep("ab"[number % 2], b"x" * 45, NOW + HOUR, NOW)
    shelf.keep("c", b"x" * 60, NOW + HOUR, NOW)
    shelf.keep("d", b"x" * 101, NOW + HOUR, NOW)

    assert [place for place in "abcd" if shelf.get(place, NOW)] == ["c"]
