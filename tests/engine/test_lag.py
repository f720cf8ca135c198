"""A stall of the loop is noticed by every run that was under way, and by no other."""

from monitor.engine.lag import Lag
from monitor.vitals import Vitals


def test_a_run_across_a_stall_has_lost_its_time():
    lag = Lag(0.25, Vitals())
    before = lag.spent(10.0)
    lag.plan(10.02)

    lag.woke(10.52)

    assert lag.spent(10.6) - before == 0.5


def test_a_stall_counts_before_the_wake_up_that_notices_it():
    lag = Lag(0.25, Vitals())
    lag.plan(10.02)

    assert lag.spent(10.52) == 0.5


def test_a_run_that_begins_after_the_stall_but_before_the_wake_up_lost_nothing():
    lag = Lag(0.25, Vitals())
    lag.plan(10.0)
    begin = lag.spent(10.5)

    lag.woke(10.5)

    assert lag.spent(10.6) - begin == 0.0


def test_small_delays_are_no_lag_but_are_sampled():
    vitals = Vitals()
    lag = Lag(0.25, vitals)
    lag.plan(10.0)

    late = lag.woke(10.2)

    assert lag.spent(10.2) == 0.0
    assert round(late, 6) == round(vitals.loop_lag_newest_seconds, 6) == 0.2
    assert sum(vitals.loop_lag.counts) == 1


def test_waking_early_is_no_lag():
    lag = Lag(0.25, Vitals())
    lag.plan(10.0)

    assert lag.woke(9.999) == 0.0
