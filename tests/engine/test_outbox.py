"""Outcomes go out together, in their order, and never so many that the loop waits."""

from monitor.engine.outbox import AT_ONCE, Outbox


def test_outcomes_are_kept_until_they_are_sent_in_their_order():
    sent = []
    outbox = Outbox(sent.append)

    outbox.put("first")
    outbox.put("second")
    kept = len(outbox)
    outbox.send()

    assert kept == 2
    assert sent == ["first", "second"]


def test_a_thousand_at_once_go_out_in_several_turns():
    sent = []
    outbox = Outbox(sent.append)
    for number in range(AT_ONCE + 1):
        outbox.put(number)

    outbox.send()

    assert len(sent) == AT_ONCE
    assert len(outbox) == 1


def test_one_that_cannot_be_taken_does_not_hold_up_the_rest():
    sent = []

    def take(outcome):
        if outcome == "bad":
            raise ValueError(outcome)
        sent.append(outcome)

    outbox = Outbox(take)
    outbox.put("bad")
    outbox.put("good")
    for _ in range(2):
        try:
            outbox.send(1)
        except ValueError:
            continue

    assert sent == ["good"]
