"""SIGKILL at any moment: what was counted and how far that was are of one transaction, so none is lost or doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from sinks.history.scene import CALLS

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


def test_none_is_lost_and_none_is_doubled_at_many_moments(tmp_path):
    file, moments = tmp_path / "history.db", random.Random(20261129)
    command = [sys.executable, str(Path(__file__).with_name("counting.py")), str(file)]
    came = []
    for _ in range(KILLS):
        counting = subprocess.Popen(
            command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(TESTS)}, text=True
        )
        with counting:
            try:
                assert "counting\n" in counting.stdout
                time.sleep(moments.uniform(0.0, 0.15))
            finally:
                counting.send_signal(signal.SIGKILL)
        at = memory_of(file) if file.exists() and list(day_totals(file, CALLS.name)) else 0
        totals = {one.labels: one.amount for one in day_totals(file, CALLS.name)}

        assert totals == ({("hue",): at, ("ho-chi-minh",): at * (at + 1) / 2} if at else {})
        came.append(at)

    assert came == sorted(came)
    assert came[-1] > 100
