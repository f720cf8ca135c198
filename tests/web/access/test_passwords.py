"""Promise: guessing passwords is slow, tells nothing, and keeps neither the loop nor those with a right one waiting."""

import asyncio

import bcrypt
import pytest

from monitor.web.access import passwords as module
from monitor.web.access.judging import TooOftenError
from monitor.web.access.passwords import (
    FAILURES,
    MOST_WAITING,
    MOST_WAITING_OF_ONE,
    MOST_WRONG,
    Passwords,
)

USERS = {name: bcrypt.hashpw(f"of {name}".encode(), bcrypt.gensalt(4)) for name in ("alice", "bob")}


@pytest.fixture
def judge():
    judge = Passwords()
    yield judge
    judge.close()


async def test_right_password_is_right_and_judged_once(judge, monkeypatch):
    judged = count(monkeypatch)

    answers = [await judge.is_right("alice", b"of alice", USERS, "a") for _ in range(3)]

    assert (answers, len(judged)) == ([True] * 3, 1)


def count(monkeypatch):
    judged = []
    check = bcrypt.checkpw

    def checkpw(password, hashed):
        judged.append(hashed)
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)
    return judged


@pytest.mark.parametrize(
    ("user", "password"), [("alice", b"of bob"), ("alice", b""), ("carol", b"of alice"), ("", b""), ("\udcff", b"\xff")]
)
async def test_wrong_one_is_wrong_and_judged_once(judge, monkeypatch, user, password):
    judged = count(monkeypatch)

    answers = [await judge.is_right(user, password, USERS, "a") for _ in range(3)]

    assert (answers, len(judged)) == ([False] * 3, 1)


async def test_hash_that_changed_is_judged_anew(judge):
    assert await judge.is_right("alice", b"of alice", USERS, "a")

    changed = {"alice": bcrypt.hashpw(b"new", bcrypt.gensalt(4))}

    assert not await judge.is_right("alice", b"of alice", changed, "a")
    assert await judge.is_right("alice", b"new", changed, "a")


async def test_user_who_was_taken_out_is_nobody(judge):
    assert await judge.is_right("alice", b"of alice", USERS, "a")

    assert not await judge.is_right("alice", b"of alice", {"bob": USERS["bob"]}, "a")


async def test_long_password_is_cut_where_bcrypt_cuts_it(judge):
    long = b"x" * 100
    users = {"long": bcrypt.hashpw(long[:72], bcrypt.gensalt(4))}

    assert await judge.is_right("long", long, users, "a")
    assert not await judge.is_right("long", long[:71], users, "a")


async def test_unknown_user_costs_what_some_user_costs(judge, monkeypatch):
    judged = count(monkeypatch)
    users = {"cheap": USERS["alice"], "dear": bcrypt.hashpw(b"x", bcrypt.gensalt(6))}

    for number in range(FAILURES):
        await judge.is_right(f"unknown-{number}", b"guess", users, str(number))

    assert {hashed[:7] for hashed in judged} == {b"$2b$04$", b"$2b$06$"}
    assert not any(hashed in users.values() for hashed in judged)


async def test_many_with_the_same_right_password_wait_for_one_judgement(judge, monkeypatch):
    judged = count(monkeypatch)

    answers = await asyncio.gather(*(judge.is_right("alice", b"of alice", USERS, "a") for _ in range(200)))

    assert (set(answers), len(judged)) == ({True}, 1)


async def test_guesses_from_one_address_have_to_wait_and_others_do_not(judge):
    for number in range(FAILURES):
        assert not await judge.is_right("alice", str(number).encode(), USERS, "attacker")

    with pytest.raises(TooOftenError) as refused:
        await judge.is_right("alice", b"one more", USERS, "attacker")

    assert 0 < refused.value.after_seconds <= module.FAILURE_SECONDS
    assert await judge.is_right("alice", b"of alice", USERS, "prometheus")


async def test_whoever_is_known_gets_in_from_an_address_that_guesses(judge):
    assert await judge.is_right("alice", b"of alice", USERS, "same")
    for number in range(FAILURES):
        await judge.is_right("alice", str(number).encode(), USERS, "same")

    assert await judge.is_right("alice", b"of alice", USERS, "same")


async def test_guesses_at_once_are_bounded_and_the_rest_is_refused(judge):
    guesses = [judge.is_right("alice", str(number).encode(), USERS, str(number)) for number in range(100)]

    answers = await asyncio.gather(*guesses, return_exceptions=True)

    assert answers.count(False) == MOST_WAITING
    assert sum(isinstance(answer, TooOftenError) for answer in answers) == 100 - MOST_WAITING


async def test_one_address_has_two_guesses_under_way_at_most(judge):
    guesses = [judge.is_right("alice", str(number).encode(), USERS, "attacker") for number in range(8)]
    own = judge.is_right("alice", b"of alice", USERS, "prometheus")

    *answers, last = await asyncio.gather(*guesses, own, return_exceptions=True)

    assert (answers.count(False), last) == (MOST_WAITING_OF_ONE, True)
    assert not judge._waiting


async def test_whoever_asks_seldom_comes_before_those_who_guess_without_a_pause(judge):
    waiting = [
        asyncio.create_task(judge.is_right("alice", str(number).encode(), USERS, f"attacker {number % 16}"))
        for number in range(320)
    ]
    await asyncio.sleep(0)

    assert await judge.is_right("alice", b"of alice", USERS, "prometheus")
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert sum(isinstance(answer, TooOftenError) for answer in answers) == 320 - MOST_WAITING + 1


async def test_whoever_has_not_guessed_comes_before_those_who_have(judge):
    for number in range(MOST_WAITING):
        await judge.is_right("alice", str(number).encode(), USERS, f"attacker {number}")
    guesses = [
        asyncio.create_task(judge.is_right("alice", b"more", USERS | {"alice": USERS["bob"]}, "attacker 0")),
        *(
            asyncio.create_task(judge.is_right("alice", f"again {number}".encode(), USERS, f"attacker {number}"))
            for number in range(1, MOST_WAITING)
        ),
    ]
    await asyncio.sleep(0)

    own = await judge.is_right("alice", b"of alice", USERS, "prometheus")
    answers = await asyncio.gather(*guesses, return_exceptions=True)

    assert own
    assert sum(isinstance(answer, TooOftenError) for answer in answers) == 1
    assert answers.count(False) == MOST_WAITING - 1
    assert not judge._waiting


async def test_who_asked_along_with_the_one_that_gave_way_is_told_to_wait(judge):
    await judge.is_right("alice", b"wrong", USERS, "attacker")
    waiting = [
        asyncio.create_task(judge.is_right("alice", str(number).encode(), USERS, str(number)))
        for number in range(MOST_WAITING - 1)
    ]
    twice = [asyncio.create_task(judge.is_right("alice", b"guess", USERS, "attacker")) for _ in range(2)]
    await asyncio.sleep(0)

    assert await judge.is_right("alice", b"of alice", USERS, "prometheus")
    assert [type(one) for one in await asyncio.gather(*twice, return_exceptions=True)] == [TooOftenError] * 2
    await asyncio.gather(*waiting)


async def test_guesses_do_not_push_a_right_password_out(judge, monkeypatch):
    assert await judge.is_right("alice", b"of alice", USERS, "a")
    for number in range(MOST_WRONG + 20):
        await judge.is_right("alice", str(number).encode(), USERS, str(number))
    judged = count(monkeypatch)

    assert await judge.is_right("alice", b"of alice", USERS, "a")
    assert judged == []
    assert len(judge._wrong) == MOST_WRONG


async def test_judging_does_not_hold_the_loop(judge):
    users = {"alice": bcrypt.hashpw(b"x", bcrypt.gensalt(11))}
    guessing = asyncio.gather(*(judge.is_right("alice", bytes([n]), users, str(n)) for n in range(3)))
    turns = 0
    while not guessing.done():
        await asyncio.sleep(0.001)
        turns += 1

    assert await guessing == [False] * 3
    assert turns > 50


async def test_no_password_is_kept(judge):
    await judge.is_right("alice", b"of alice", USERS, "a")
    await judge.is_right("alice", b"canary", USERS, "a")

    kept = repr((judge._right, judge._wrong, judge._under_way))
    assert "of alice" not in kept
    assert "canary" not in kept
