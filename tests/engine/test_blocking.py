"""A line that blocks the loop is named in the log, with the check it belongs to, once for each stall."""

import sys
import time

from engine.stage import check, staged

from monitor.engine.blocking import culprit
from monitor.observation import up


async def test_the_blocking_line_and_its_check_are_named(capsys):
    def stare():
        time.sleep(0.8)

    async def block(vantage):
        stare()
        return up()

    async with staged(check("a/blocks/c", block, every=3.0, timeout=1.0)) as stage:
        stage.engine.recheck("a/blocks/c", 0.0)
        await stage.until(lambda: stage.vitals.rerun["lagged"] >= 1)

    first, *_ = [line for line in capsys.readouterr().out.splitlines() if "loop.blocked" in line]
    assert "in stare" in first
    assert "test_blocking.py:" in first
    assert "check=a/blocks/c" in first


async def test_a_loop_that_is_in_time_is_left_alone(capsys):
    async with staged(check("a/t/c", every=0.1)) as stage:
        await stage.outcome_of("a/t/c", 5)
        is_calm = stage.vitals.loop_lag_newest_seconds < 0.2

    assert "loop.blocked" not in capsys.readouterr().out or not is_calm


def test_a_stack_without_a_run_names_the_place_only():
    facts = culprit(sys._getframe())

    assert set(facts) == {"at"}
    assert "test_blocking.py:" in facts["at"]
    assert culprit(None) == {}
