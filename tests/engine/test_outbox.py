"""Outcomes go out together, in their order, never so many that the loop waits; and bad news does not wait."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from monitor.engine.outbox import AT_ONCE, ENOUGH, PATIENCE_SECONDS, Outbox
from monitor.observation import Observation, Reason, degraded, down, unknown, up
from monitor.outcome import Outcome


@dataclass
class Post:
    """An outbox, and the names of the checks whose outcomes it handed on."""

    def __post_init__(self) -> None:
        self.sent: list[str] = []
        self.outbox = Outbox(lambda outcome: self.sent.append(outcome.check))

    def put(self, name: str, seen: Observation | None = None) -> None:
        self.outbox.put(
            Outcome(check=name, vantage="here", started=datetime.now(UTC), duration_seconds=0, observation=seen or up())
        )


def test_good_news_waits_for_more_and_then_goes_out_in_its_order():
    post = Post()
    post.put("first")
    post.outbox.send(10.0)
    post.put("second")

    post.outbox.send(10.0 + PATIENCE_SECONDS / 2)
    before = [*post.sent]
    post.outbox.send(10.0 + PATIENCE_SECONDS)

    assert before == []
    assert post.sent == ["first", "second"]


def test_patience_begins_anew_after_each_time():
    post = Post()
    for name, now in (("first", 10.0), ("second", 20.0)):
        post.put(name)
        post.outbox.send(now)

        assert name not in post.sent
        post.outbox.send(now + PATIENCE_SECONDS)
        assert post.sent[-1] == name


@pytest.mark.parametrize(
    "seen", [down(Reason.REFUSED, "no"), degraded(Reason.SLOW, "slow"), unknown(Reason.PLUGIN, "?")], ids=str
)
def test_bad_news_does_not_wait_and_takes_along_what_came_before_it(seen):
    post = Post()
    post.put("good")
    post.put("bad", seen)

    post.outbox.send(10.0)

    assert post.sent == ["good", "bad"]
    post.put("after")
    post.outbox.send(10.0)
    assert "after" not in post.sent


def test_enough_of_them_do_not_wait():
    post = Post()
    for number in range(ENOUGH):
        post.put(str(number))

    post.outbox.send(10.0)

    assert len(post.sent) == ENOUGH


def test_a_thousand_at_once_go_out_in_several_turns():
    post = Post()
    for number in range(2 * AT_ONCE + 1):
        post.put(str(number))

    lengths = []
    for _ in range(3):
        post.outbox.send(10.0)
        lengths.append(len(post.sent))
    post.outbox.send(10.0 + PATIENCE_SECONDS)

    assert lengths == [AT_ONCE, 2 * AT_ONCE, 2 * AT_ONCE]
    assert len(post.sent) == 2 * AT_ONCE + 1


def test_at_the_end_all_goes_out():
    post = Post()
    for number in range(AT_ONCE + 1):
        post.put(str(number))

    post.outbox.empty()

    assert len(post.sent) == AT_ONCE + 1
    assert len(post.outbox) == 0


def test_one_that_cannot_be_taken_does_not_hold_up_the_rest():
    sent = []

    def take(outcome):
        if outcome.check == "bad":
            raise ValueError(outcome.check)
        sent.append(outcome.check)

    post = Post()
    post.outbox = Outbox(take)
    post.put("bad")
    post.put("good")
    with pytest.raises(ValueError, match="bad"):
        post.outbox.empty()
    post.outbox.empty()

    assert sent == ["good"]


def test_an_outcome_with_a_memory_goes_out_at_once_behind_those_before_it():
    post = Post()
    post.put("first")
    post.outbox.put(
        Outcome(
            check="second", vantage="here", started=datetime.now(UTC), duration_seconds=0, observation=up(), memory=b"1"
        )
    )

    assert post.sent == ["first", "second"]
