"""Deadlines are met to the beat, and a run that ended in time leaves nothing behind."""

from monitor.engine.deadlines import Deadlines


def test_an_item_expires_at_its_beat_and_not_before():
    deadlines = Deadlines(0.02)
    deadlines.add("run", 10.005)

    assert deadlines.expired(10.004) == []
    assert deadlines.expired(10.0201) == ["run"]
    assert deadlines.expired(11.0) == []


def test_one_that_was_removed_does_not_expire():
    deadlines = Deadlines(0.02)
    number = deadlines.add("run", 10.0)

    deadlines.remove("run", number)
    deadlines.remove("run", number)

    assert deadlines.expired(20.0) == []


def test_the_next_moment_skips_what_is_empty():
    deadlines = Deadlines(0.02)
    first = deadlines.add("early", 10.0)
    deadlines.add("late", 12.0)

    deadlines.remove("early", first)

    assert 12.0 <= deadlines.next() <= 12.02
    assert Deadlines(0.02).next() is None


def test_all_that_are_late_expire_together_in_order():
    deadlines = Deadlines(0.02)
    for number in (3, 1, 2):
        deadlines.add(number, 10.0 + number)

    assert deadlines.expired(100.0) == [1, 2, 3]
