"""Slots are shared fairly: what hangs holds its own share and nobody else's."""

from collections import Counter

from monitor.engine.slots import Slots
from monitor.settings import Slots as Limits


def test_a_limit_of_each_kind_makes_a_check_wait():
    assert shortage_after(Limits(process=2, agency=9, host=9), ["a"] * 2, ["h1", "h2"]) == "process"
    assert shortage_after(Limits(process=90, agency=2, host=9), ["a"] * 2, ["h1", "h2"]) == "agency"
    assert shortage_after(Limits(process=90, agency=9, host=2), ["a", "b"], ["h", "h"]) == "host"


def shortage_after(limits: Limits, agencies: list[str], hosts: list[str]) -> str | None:
    slots = Slots(limits)
    for number, (agency, host) in enumerate(zip(agencies, hosts, strict=True)):
        assert slots.admit(f"check-{number}", agency, host)
    return slots.shortage("a", "h")


def test_a_released_slot_goes_to_the_one_that_waited_longest():
    slots = Slots(Limits(process=100, agency=1, host=100))
    slots.admit("first", "a", "h")
    for name in ("second", "third"):
        assert not slots.admit(name, "a", "h")

    slots.release("a", "h")

    assert list(slots.admitted()) == ["second"]
    assert slots.waiting == 1


def test_waiting_twice_is_waiting_once():
    slots = Slots(Limits(process=1, agency=1, host=1))
    slots.admit("first", "a", "h")
    slots.admit("second", "a", "h")

    slots.admit("second", "a", "h")

    assert slots.waiting == 1


def test_nobody_overtakes_those_who_wait_for_the_same_host():
    slots = Slots(Limits(process=100, agency=100, host=1))
    slots.admit("first", "a", "h")
    slots.admit("second", "a", "h")
    slots.release("a", "h")

    assert not slots.admit("third", "a", "h")
    assert list(slots.admitted()) == ["second"]


def test_a_full_host_does_not_hold_up_another_of_the_same_agency():
    slots = Slots(Limits(process=100, agency=100, host=1))
    slots.admit("first", "a", "hung")
    slots.admit("second", "a", "hung")

    assert slots.admit("third", "a", "healthy")


def test_a_hub_watched_by_many_agencies_takes_turns_between_them():
    slots = Slots(Limits(process=1000, agency=1000, host=1))
    slots.admit("holder", "z", "hub")
    for number in range(6):
        for agency in ("a", "b", "c"):
            slots.admit(f"{agency}{number}", agency, "hub")

    order = []
    for _ in range(9):
        slots.release(*(("z", "hub") if not order else (order[-1][0], "hub")))
        order += list(slots.admitted())

    assert Counter(name[0] for name in order) == {"a": 3, "b": 3, "c": 3}


def test_agencies_that_hang_leave_slots_for_those_that_hold_few():
    slots = Slots(Limits(process=100, agency=100, host=100))
    for number in range(200):
        slots.admit(f"hung-{number}", "hangs", f"h{number}")

    assert all(slots.admit(f"fine-{number}", "fine", f"f{number}") for number in range(20))


def test_one_that_withdraws_waits_no_longer():
    slots = Slots(Limits(process=1, agency=1, host=1))
    slots.admit("first", "a", "h")
    slots.admit("second", "a", "h")

    slots.withdraw("second")
    slots.withdraw("never-waited")
    slots.release("a", "h")

    assert list(slots.admitted()) == []
    assert slots.waiting == 0


def test_checks_without_a_host_share_no_host_limit():
    slots = Slots(Limits(process=100, agency=100, host=1))

    assert all(slots.admit(f"check-{number}", "a", "") for number in range(50))


def test_tidying_up_keeps_what_is_held():
    slots = Slots(Limits(process=10, agency=1, host=10))
    slots.admit("first", "a", "h")
    slots.admit("gone", "b", "g")
    slots.release("b", "g")

    slots.tidy()

    assert slots.shortage("a", "x") == "agency"
    assert slots.shortage("b", "g") is None
