"""SIGKILL at any moment: what was counted and how far that was are of one transaction, so none is lost or doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from sinks.history.scene import BEGAN, CALLS

from monitor.sinks.history import day_totals
from monitor.sinks.history.reader import reading

KILLS = 30
TESTS = Path(__file__).parents[2]


def memory_of(file):
    connection = reading(file)
    try:
        return int(connection.execute("SELECT memory FROM checks").fetchone()[0])
    finally:
        connection.close()


def killed(file, moments, *more):
    """Count into a file, and kill whoever does at a moment of chance."""
    command = [sys.executable, str(Path(__file__).with_name("counting.py")), str(file), *more]
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True) as counting:
        try:
            assert "counting\n" in counting.stdout
            time.sleep(moments.uniform(0.0, 0.15))
        finally:
            counting.send_signal(signal.SIGKILL)


def test_none_is_lost_and_none_is_doubled_at_many_moments(tmp_path):
    file, moments = tmp_path / "history.db", random.Random(20261129)
    came = []
    for _ in range(KILLS):
        killed(file, moments)
        at = memory_of(file) if file.exists() and list(day_totals(file, CALLS.name)) else 0
        totals = {one.labels: one.amount for one in day_totals(file, CALLS.name)}

        assert totals == ({("hue",): at, ("ho-chi-minh",): at * (at + 1) / 2} if at else {})
        came.append(at)

    assert came == sorted(came)
    assert came[-1] > 100


def test_old_days_go_and_totals_and_counts_stay_whole(tmp_path):
    file, moments = tmp_path / "history.db", random.Random(20261130)
    for _ in range(KILLS):
        killed(file, moments, "3")
        if not file.exists() or not list(day_totals(file, CALLS.name)):
            continue
        at = memory_of(file)
        with closing(reading(file)) as connection:
            totals = dict(connection.execute("SELECT labels, total FROM series"))
            counts = [number for (number,) in connection.execute("SELECT connected FROM counts ORDER BY day")]
        days = [one.day for one in day_totals(file, CALLS.name) if one.labels == ("hue",)]

        assert totals == {'["hue"]': at, '["ho-chi-minh"]': at * (at + 1) / 2}
        assert days == [BEGAN.date() + timedelta(days=one) for one in range(max(1, at - 2), at + 1)]
        assert counts == sorted(counts)
        assert len(counts) <= 3
        assert at - 2 <= counts[-1] <= at

    assert at > 30
