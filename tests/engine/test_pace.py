"""What is made up for goes out beside the beats at a small share of their rate."""

from monitor.engine.pace import BURST, SHARE, Pace


def test_a_single_one_goes_out_at_once():
    pace = Pace()
    pace.add("a/b/c")

    assert pace.take(100.0, rate=0.1) == ["a/b/c"]
    assert len(pace) == 0


def test_many_go_out_at_a_share_of_the_mean_rate():
    pace = Pace()
    pace.take(100.0, rate=100.0)
    for number in range(1000):
        pace.add(f"a/b/{number}")

    out = sum(len(pace.take(100.0 + tick * 0.02, rate=100.0)) for tick in range(1, 501))

    assert out <= BURST + 10 * 100 * SHARE
    assert out >= 10 * 100 * SHARE - 1


def test_a_check_waits_once_however_often_it_is_added():
    pace = Pace()
    for _ in range(3):
        pace.add("a/b/c")

    assert pace.take(100.0, rate=1.0) == ["a/b/c"]


def test_one_whose_own_beat_came_first_does_not_go_out():
    pace = Pace()
    pace.add("a/b/c")

    pace.drop("a/b/c")
    pace.drop("never/was/there")

    assert pace.take(100.0, rate=1.0) == []
