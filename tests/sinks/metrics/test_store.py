"""The store hands out what was put in, family by family, in slices that share nothing and leave nothing out."""

import random
from itertools import chain

import pytest

from monitor.sinks.metrics.column import Part, Style, states
from monitor.sinks.metrics.family import Family
from monitor.sinks.metrics.store import TOGETHER, Store

ONE = Family("one", "First.")
TWO = Family("two", "Second.")
SPENT = Family("spent", "Third.")
PARTS = {
    "two": (Part("two", Style.MARK),),
    "spent": states(SPENT, ("up", "down")),
}


def store(*families):
    return Store(families or (ONE, TWO, SPENT), PARTS)


def add(kept, name):
    return kept.add(f"a/{name}", 'a="a",', f't="{name}"')


def text(kept, index=0, count=1):
    return b"".join(kept.chunks(index, count, openmetrics=False)).decode()


def body(kept, index=0, count=1):
    return [line for line in text(kept, index, count).splitlines() if not line.startswith("#")]


def test_labels_and_values_are_put_together():
    kept = store()
    slot = add(kept, "x")

    kept.put("one", slot, "1.5\n")
    kept.put("two", slot, 'b="why",')
    kept.put("spent up", slot, "2.0\n")
    kept.put("spent down", slot, "3.0\n")

    assert body(kept) == [
        'one{a="a",t="x"} 1.5',
        'two{a="a",b="why",t="x"} 1.0',
        'spent{a="a",state="up",t="x"} 2.0',
        'spent{a="a",state="down",t="x"} 3.0',
    ]
    assert kept.samples == 4


def test_value_that_is_taken_away_is_absent():
    kept = store(ONE)
    slot = add(kept, "x")
    kept.put("one", slot, "1.0\n")

    kept.put("one", slot, None)

    assert text(kept) == "# HELP one First.\n# TYPE one gauge\n"
    assert kept.samples == 0


def test_slot_that_is_removed_is_clean_for_the_next():
    kept = store(ONE)
    first, second = add(kept, "x"), add(kept, "y")
    kept.put("one", first, "1.0\n")
    kept.put("one", second, "2.0\n")

    kept.remove(first)
    third = add(kept, "z")

    assert third == first
    assert body(kept) == ['one{a="a",t="y"} 2.0']


def test_family_that_is_not_declared_any_more_goes_and_the_others_stay():
    kept = store(ONE, TWO)
    slot = add(kept, "x")
    kept.put("one", slot, "1.0\n")
    kept.put("two", slot, 'b="c",')

    kept.declare([ONE, SPENT])

    assert body(kept) == ['one{a="a",t="x"} 1.0']
    assert kept.samples == 1
    assert "two" not in text(kept)


def test_family_that_means_something_else_now_starts_empty():
    kept = store(ONE)
    kept.put("one", add(kept, "x"), "1.0\n")

    kept.declare([Family("one", "Something else.")])

    assert body(kept) == []
    assert kept.samples == 0


@pytest.mark.parametrize("count", [1, 2, 7])
def test_slices_share_nothing_and_leave_nothing_out(count):
    kept = store(ONE)
    for number in range(3 * TOGETHER):
        kept.put("one", add(kept, f"t{number}"), "1.0\n")

    slices = [body(kept, index, count) for index in range(count)]

    assert sorted(chain.from_iterable(slices)) == sorted(body(kept))
    assert all(len(one) > 2 * TOGETHER / count for one in slices)


def test_samples_are_counted_right_over_random_work():
    chance, kept = random.Random(11), store()
    slots = [add(kept, f"t{number}") for number in range(20)]
    for _ in range(3000):
        key = chance.choice(["one", "two", "spent up", "spent down"])
        full = 'b="c",' if key == "two" else "1.0\n"
        kept.put(key, chance.choice(slots), chance.choice([None, full]))
        if chance.random() < 0.05:
            number = chance.randrange(20)
            kept.remove(slots[number])
            slots[number] = add(kept, f"t{number}")

    assert kept.samples == len(body(kept))


def test_chunks_are_small_enough_to_be_made_quickly():
    kept = store(ONE)
    for number in range(5 * TOGETHER):
        kept.put("one", add(kept, f"t{number}"), "1.0\n")

    chunks = [*kept.chunks(0, 1, openmetrics=False)]

    assert max(chunk.count(b"\n") for chunk in chunks) <= TOGETHER + 2


def test_columns_that_are_nearly_empty_do_not_hold_the_loop():
    kept = store()
    slots = [add(kept, f"t{number}") for number in range(20 * TOGETHER)]
    for slot in slots:
        kept.put("two", slot, None)
        kept.put("spent up", slot, "1.0\n" if slot == slots[-1] else None)

    chunks = [*kept.chunks(0, 1, openmetrics=False)]

    assert len(chunks) == 3
    assert body(kept) == [f'spent{{a="a",state="up",t="t{20 * TOGETHER - 1}"}} 1.0']
    assert kept._filled("two", None) == ()
    assert kept._filled("spent up", None) == [slots[-1]]


def test_scrape_survives_a_reload_in_its_midst():
    kept = store(ONE, TWO)
    slots = [add(kept, f"t{number}") for number in range(3 * TOGETHER)]
    for slot in slots:
        kept.put("one", slot, "1.0\n")
        kept.put("two", slot, 'b="c",')

    scrape = kept.chunks(0, 1, openmetrics=False)
    found = [next(scrape)]
    for slot in slots[: 2 * TOGETHER]:
        kept.remove(slot)
    kept.declare([ONE])
    found += scrape

    lines = b"".join(found).decode().splitlines()
    assert len(lines) == len(set(lines))
    assert sum(line.startswith("one{") for line in lines) == 2 * TOGETHER
