"""Three untimely ends in five minutes make a plugin rest for five; then it has one try."""

from monitor.engine.worker.quarantine import REST_SECONDS, WINDOW_SECONDS, Quarantine


def test_first_end_starts_the_next_process_at_once_and_the_second_soon():
    quarantine = Quarantine()

    starts = [quarantine.kill(100.0), quarantine.kill(101.0)]

    assert starts[0] == 100.0
    assert 101.0 < starts[1] < 102.0
    assert quarantine.until(101.0) is None


def test_third_end_within_the_window_makes_it_rest():
    quarantine = Quarantine()

    starts = [quarantine.kill(now) for now in (0.0, 100.0, 299.0)]

    assert starts[-1] == 299.0 + REST_SECONDS
    assert quarantine.until(300.0) == 299.0 + REST_SECONDS
    assert quarantine.until(299.0 + REST_SECONDS) is None


def test_ends_further_apart_than_the_window_never_add_up():
    quarantine = Quarantine()

    starts = [quarantine.kill(number * (WINDOW_SECONDS / 2 + 1)) for number in range(20)]

    assert all(start < number * (WINDOW_SECONDS / 2 + 1) + 1 for number, start in enumerate(starts))


def test_one_end_after_a_rest_sends_it_back():
    quarantine = Quarantine()
    for _ in range(3):
        quarantine.kill(0.0)

    start = quarantine.kill(REST_SECONDS + 10.0)

    assert start == REST_SECONDS + 10.0 + REST_SECONDS


def test_good_conduct_for_a_window_after_a_rest_is_a_fresh_start():
    quarantine = Quarantine()
    for _ in range(3):
        quarantine.kill(0.0)
    later = REST_SECONDS + WINDOW_SECONDS + 1.0

    start = quarantine.kill(later)

    assert start == later
