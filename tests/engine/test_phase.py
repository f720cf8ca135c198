"""A check is due on a beat that follows from its id alone: restarts keep it, and checks are spread over it."""

import subprocess
import sys
from datetime import timedelta

import pytest

from monitor.engine.phase import next_due, phase
from monitor.inventory import CheckId

NOW = 1_777_777_777.123


@pytest.mark.parametrize("seconds", [1, 5, 30, 3600, 86400])
def test_the_next_beat_lies_after_now_and_within_one_interval(seconds):
    every = timedelta(seconds=seconds)

    due = [next_due(CheckId(f"a/b/c{n}"), every, NOW) for n in range(200)]

    assert all(NOW < at <= NOW + seconds + 1e-6 for at in due)


def test_the_beat_is_the_same_whenever_it_is_asked_for():
    every = timedelta(seconds=30)

    first = next_due(CheckId("a/b/c"), every, NOW)
    later = next_due(CheckId("a/b/c"), every, NOW + 10_000 * 30 + 3)

    assert (later - first) / 30 == pytest.approx(round((later - first) / 30), abs=1e-5)


def test_a_beat_that_is_now_is_the_last_one_not_the_next():
    every = timedelta(seconds=30)
    now = 900.0 + phase(CheckId("a/b/c"), every)

    assert next_due(CheckId("a/b/c"), every, now) == pytest.approx(now + 30)


def test_another_process_finds_the_same_phase():
    code = (
        "from datetime import timedelta; from monitor.engine.phase import phase;"
        "print(phase('ha-noi/lgsp/cert', timedelta(seconds=60)))"
    )

    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}
    )

    assert float(answer.stdout) == phase(CheckId("ha-noi/lgsp/cert"), timedelta(seconds=60))


def test_phases_lie_on_the_grid_so_that_starts_share_a_wake_up():
    beat = timedelta(milliseconds=20)

    phases = [phase(CheckId(f"a/b/c{n}"), timedelta(seconds=10), beat) for n in range(500)]

    assert all(abs(each / 0.02 - round(each / 0.02)) < 1e-6 for each in phases)


def test_checks_are_spread_evenly_over_the_interval():
    phases = [phase(CheckId(f"agency-{n % 56}/target-{n}/check"), timedelta(seconds=30)) for n in range(30_000)]

    in_second = [sum(second <= each < second + 1 for each in phases) for second in range(30)]

    assert max(in_second) <= 1.2 * 1000
    assert min(in_second) >= 0.8 * 1000
