"""Findings are rendered when they change or concern somebody else, and nothing is kept of those that ended."""

from dataclasses import replace

from judge.watch import connection, inventory, system

from monitor.sinks.metrics import families
from monitor.sinks.metrics.shown import KEYS, Shown

CALLS, STALE = families.CALLS.name, families.STALE_RECORD.name
LINK = connection("ha-noi/population", owner="truc-ban")


def watch(*connections):
    shown = Shown()
    shown.replace(inventory([], [system("b/db")], connections or [LINK]))
    return shown


def put(shown, key, found):
    """Return how many texts were put into the store."""
    given, store = [], shown.store.put
    shown.store.put = lambda *one: [given.append(one), store(*one)]
    for _ in shown.put(key, found):
        pass
    shown.store.put = store
    return len(given)


def text(shown):
    lines = b"".join(shown.store.chunks(0, 1, openmetrics=False)).decode().splitlines()
    return [line for line in lines if not line.startswith("#")]


def test_finding_that_stays_is_not_rendered_again():
    shown = watch()

    rendered = [put(shown, STALE, {LINK.id: at}) for at in (5.0, 5.0, 6.0)]

    assert rendered == [1, 0, 1]
    assert text(shown) == [f'{STALE}{{agency="ha-noi",target="population"}} 6.0']


def test_finding_that_names_somebody_is_rendered_again_for_another_and_once():
    shown = watch()
    put(shown, CALLS, {LINK.id: 5.0})

    shown.replace(inventory([], [], [replace(LINK, owner="khac")]))
    rendered = [put(shown, CALLS, {LINK.id: 5.0}) for _ in range(2)]

    assert rendered == [1, 0]
    assert 'owner="ha-noi/khac"' in text(shown)[0]


def test_finding_that_names_nobody_is_not_rendered_again_for_another():
    shown = watch()
    put(shown, STALE, {LINK.id: 5.0})

    shown.replace(inventory([], [], [replace(LINK, owner="khac")]))

    assert put(shown, STALE, {LINK.id: 5.0}) == 0


def test_nothing_of_an_older_inventory_is_held_by_a_finding_that_ended():
    shown = watch()

    put(shown, CALLS, {LINK.id: 5.0})
    put(shown, CALLS, {})

    assert text(shown) == []
    assert not any(shown._whose.values())


def test_target_that_is_gone_takes_its_findings_of_every_kind_along():
    other = connection("hue/land")
    shown = watch(LINK, other)
    for key in KEYS:
        put(shown, key, {LINK.id: 1.0, other.id: 2.0})

    shown.replace(inventory([], [], [other]))

    assert len(text(shown)) == shown.store.samples == len([*shown.samples()]) == len(KEYS)
    assert all(shown.of(key) == {other.id: 2.0} for key in KEYS)
    assert not any("ha-noi" in line for line in text(shown))
