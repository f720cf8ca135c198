"""A shelf drops from the check that has most, its oldest first, and its sums are right."""

import random

from judge.watch import START, outcome

from monitor.observation import Status
from monitor.sinks.shelf import Shelf
from monitor.sinks.slim import Shapes, full, slim


def packed(check_id, number=0):
    one = outcome(check_id, START, Status.UP, duration_seconds=float(number))
    return slim(one, Shapes().of(one, None))


def held(shelf, check_id):
    return [full(check_id, one).duration_seconds for one in shelf.of(check_id)]


def test_check_that_has_its_share_loses_its_oldest():
    shelf = Shelf(3)

    for number in range(5):
        shelf.add("a/b/c", packed("a/b/c", number))

    assert held(shelf, "a/b/c") == [2.0, 3.0, 4.0]


def test_check_that_has_most_gives_first():
    shelf = Shelf(10)
    for check_id, count in (("a/b/few", 2), ("a/b/many", 5)):
        for number in range(count):
            shelf.add(check_id, packed(check_id, number))

    for _ in range(3):
        assert shelf.drop_one()

    assert held(shelf, "a/b/many") == [3.0, 4.0]
    assert held(shelf, "a/b/few") == [0.0, 1.0]


def test_empty_shelf_says_so():
    assert Shelf(5).drop_one() is False


def test_sums_and_counts_stay_right_over_random_work():
    chance, shelf, ids = random.Random(3), Shelf(7), [f"a/b/c{number}" for number in range(12)]
    for _ in range(5000):
        what, check_id = chance.random(), chance.choice(ids)
        if what < 0.6:
            shelf.add(check_id, packed(check_id))
        elif what < 0.9:
            counts = {one: len(shelf.of(one)) for one in ids}
            assert shelf.drop_one() is any(counts.values())
            lost = [one for one in ids if len(shelf.of(one)) < counts[one]]
            assert all(counts[one] == max(counts.values()) for one in lost)
        elif what < 0.95:
            shelf.remove(check_id)
        elif not shelf.of("a/b/new"):
            shelf.rename(check_id, "a/b/new")
            shelf.rename("a/b/new", check_id)

    for check_id in ids:
        shelf.remove(check_id)
    assert shelf.used_bytes == 0
    assert shelf.drop_one() is False
