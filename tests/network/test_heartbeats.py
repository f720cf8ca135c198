"""Promise: an inbox holds the newest heartbeats, bounded, and takes none twice."""

from datetime import timedelta

import pytest
from fakeclock import FakeClock

from monitor.inventory import CheckId
from monitor.network.heartbeats import BURST, NONCES, Box, Heartbeats, ReplayedError, TooOftenError
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.heartbeat import Heartbeat, HeartbeatState

START, SUCCESS, FAIL = HeartbeatState
CHECK = CheckId("hue/files/backup")


def put(box: Box, clock: FakeClock, state: HeartbeatState = SUCCESS, **facts) -> None:
    box.put(Heartbeat(received=clock.now(), state=state, **facts))


def test_empty_inbox_says_since_when_it_listens():
    clock = FakeClock()
    began = clock.now()
    box = Box(clock)

    clock.advance(100)

    assert (box.newest(), box.newest(SUCCESS), box.since) == (None, None, began)


def test_newest_of_each_state_is_kept():
    clock = FakeClock()
    box = Box(clock)
    for state, message in ((START, "a"), (SUCCESS, "b"), (START, "c"), (FAIL, "d"), (START, "e")):
        put(box, clock, state, message=message)
        clock.advance(10)

    found = {state: box.newest(state).message for state in HeartbeatState}

    assert found == {START: "e", SUCCESS: "b", FAIL: "d"}
    assert box.newest().message == "e"
    assert box.newest(SUCCESS, FAIL).message == "d"


def test_of_two_at_one_moment_the_later_is_newer():
    clock = FakeClock()
    box = Box(clock)

    put(box, clock, SUCCESS)
    put(box, clock, START)

    assert box.newest().state is START


@pytest.mark.parametrize("step", [3600.0, -3600.0])
def test_step_of_the_wall_clock_changes_no_age(step):
    clock = FakeClock()
    box = Box(clock)
    put(box, clock)
    clock.advance(60)

    clock.step_wall(step)

    assert clock.now() - box.newest().received == timedelta(seconds=60)
    assert clock.now() - box.since == timedelta(seconds=60)


def test_moment_of_a_heartbeat_does_not_tremble():
    clock = FakeClock()
    box = Box(clock)
    put(box, clock)
    first = box.newest().received

    clock.advance(1000)
    clock.step_wall(0.2)

    assert box.newest().received == first


def test_heartbeat_is_taken_once():
    clock = FakeClock()
    box = Box(clock)
    put(box, clock, sent=clock.now(), run_id="1")

    with pytest.raises(ReplayedError, match="has come already"):
        put(box, clock, sent=clock.now(), run_id="1")


def test_older_heartbeat_is_refused():
    clock = FakeClock()
    box = Box(clock)
    put(box, clock, FAIL, sent=clock.now())

    with pytest.raises(ReplayedError, match="sent later has come"):
        put(box, clock, SUCCESS, sent=clock.now() - timedelta(seconds=1))
    assert box.newest().state is FAIL


def test_start_and_success_of_one_second_are_both_taken():
    clock = FakeClock()
    box = Box(clock)

    put(box, clock, START, sent=clock.now())
    put(box, clock, SUCCESS, sent=clock.now())

    assert box.newest().state is SUCCESS


@pytest.mark.parametrize("minutes", [-6, 6])
def test_heartbeat_of_another_time_is_refused_even_by_an_empty_inbox(minutes):
    clock = FakeClock()

    with pytest.raises(ReplayedError, match="more than 5 minutes from the monitor's clock"):
        put(Box(clock), clock, sent=clock.now() + timedelta(minutes=minutes))


def test_nonce_is_taken_once():
    clock = FakeClock()
    box = Box(clock)
    put(box, clock, nonce="n1")
    put(box, clock, nonce="n2")

    with pytest.raises(ReplayedError, match="nonce"):
        put(box, clock, nonce="n1")


def test_nonces_are_remembered_within_bounds():
    clock = FakeClock()
    box = Box(clock)

    for number in range(NONCES + 50):
        clock.advance(1)
        put(box, clock, nonce=str(number))

    assert len(box._nonces) == NONCES


def test_flood_of_one_moment_is_refused():
    clock = FakeClock()
    box = Box(clock)
    moment = clock.now()
    for number in range(16):
        clock.advance(1)
        put(box, clock, sent=moment, run_id=str(number))

    with pytest.raises(ReplayedError):
        put(box, clock, sent=moment, run_id="one more")


def test_rate_is_bounded_and_recovers():
    clock = FakeClock()
    box = Box(clock)
    for _ in range(BURST):
        put(box, clock)

    with pytest.raises(TooOftenError) as caught:
        put(box, clock)
    clock.advance(caught.value.after_seconds)
    put(box, clock)


def test_box_stays_as_long_as_its_check_does():
    clock = FakeClock()
    heartbeats = Heartbeats(clock)
    heartbeats.keep([CHECK])
    put(heartbeats.box(CHECK), clock)

    heartbeats.keep([CHECK, CheckId("a/b/c")])
    kept = heartbeats.box(CHECK).newest()
    heartbeats.keep([])
    heartbeats.keep([CHECK])

    assert kept is not None
    assert heartbeats.box(CHECK).newest() is None


def test_check_that_nobody_keeps_has_an_empty_box_and_costs_nothing():
    heartbeats = Heartbeats(FakeClock())

    put(heartbeats.box(CHECK), FakeClock())

    assert heartbeats.box(CHECK).newest() is None


def restarted(box: Box, clock: FakeClock, seconds: float = 10) -> Box:
    """Return the box of the same check after a restart of the monitor."""
    content = box.content(str)
    clock.advance(seconds)
    return Box(clock, lambda: content)


def test_newest_heartbeats_outlive_a_restart():
    clock = FakeClock()
    box = Box(clock)
    put(box, clock, START, run_id="7")
    clock.advance(5)
    put(box, clock, SUCCESS, message="copied", readings={"copied_bytes": 5.0}, run_id="7")
    before = box.newest()

    after = restarted(box, clock)

    assert after.newest() == before
    assert after.newest(START).run_id == "7"
    assert after.newest(START).received < after.since
    put(after, clock, FAIL, message="disk full")
    assert after.newest().message == "disk full"
    assert after.newest(SUCCESS).message == "copied"


def test_nothing_that_came_before_a_restart_is_taken_again():
    clock = FakeClock()
    box = Box(clock)
    sent = clock.now()
    put(box, clock, nonce="n1")
    put(box, clock, sent=sent, run_id="7")

    after = restarted(restarted(box, clock), clock)

    for facts in ({"nonce": "n1"}, {"sent": sent, "run_id": "7"}, {"sent": sent - timedelta(seconds=1)}):
        with pytest.raises(ReplayedError):
            put(after, clock, **facts)
    put(after, clock, nonce="n2", sent=clock.now())


def test_nonces_from_before_and_since_are_remembered_within_bounds():
    clock = FakeClock()
    box = Box(clock)
    for number in range(NONCES):
        clock.advance(2)
        put(box, clock, nonce=f"before {number}")
    after = restarted(box, clock)
    put(after, clock, nonce="since")

    with pytest.raises(ReplayedError):
        put(after, clock, nonce=f"before {NONCES - 1}")
    put(after, clock, nonce="before 0")


def test_what_could_not_be_read_at_first_is_known_later():
    clock = FakeClock()
    box = Box(clock)
    put(box, clock, SUCCESS, message="copied", nonce="n1")
    content, is_open = box.content(str), False

    def former() -> bytes:
        if not is_open:
            raise ProbeError(Reason.RESOURCES, "the history cannot be read now")
        return content

    after = Box(clock, former)
    put(after, clock, START, nonce="n2")
    assert after.newest(SUCCESS) is None

    is_open = True

    assert after.newest(SUCCESS).message == "copied"
    for nonce in ("n1", "n2"):
        with pytest.raises(ReplayedError):
            put(after, clock, nonce=nonce)


def test_heartbeat_that_was_forgiven_may_come_once_more():
    clock = FakeClock()
    box = Box(clock)
    heartbeat = Heartbeat(received=clock.now(), nonce="n1", sent=clock.now())
    box.put(heartbeat)

    box.forgive(heartbeat)
    box.put(heartbeat)

    with pytest.raises(ReplayedError):
        box.put(heartbeat)


def test_neither_secrets_nor_nonces_are_in_what_is_kept():
    clock = FakeClock()
    box = Box(clock)
    put(box, clock, FAIL, message="sent with canary", run_id="canary", nonce="canary-nonce")

    content = box.content(lambda text: text.replace("canary", "***"))

    assert b"canary" not in content
    assert Box(clock, lambda: content).newest().message == "sent with ***"


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[]", b"{}", b"[1]", b'{"heartbeats": [{"state": "success"}]}', b"[" * 9999]
)
def test_content_that_cannot_be_read_is_none(content):
    clock = FakeClock()
    box = Box(clock, lambda: content)

    assert box.newest() is None
    put(box, clock, nonce="n1")


def test_clock_that_was_set_back_makes_no_heartbeat_of_the_future():
    clock = FakeClock()
    box = Box(clock)
    put(box, clock)
    content = box.content(str)
    clock.step_wall(-3600)

    after = Box(clock, lambda: content)

    assert after.newest().received == after.since
