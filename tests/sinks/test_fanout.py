"""One sink that raises is counted and does not stop the others."""

import structlog
from judge.watch import START, outcome

from monitor.observation import Status
from monitor.sinks.fanout import FanOut
from monitor.vitals import Vitals

EVENT = outcome("a/portal/http", START, Status.UP)


def broken(event):
    raise RuntimeError("no room")


def test_every_sink_gets_every_event_in_order():
    taken, vitals = [], Vitals()
    fan = FanOut({"one": lambda event: taken.append((1, event)), "two": lambda event: taken.append((2, event))}, vitals)

    fan(EVENT)

    assert taken == [(1, EVENT), (2, EVENT)]
    assert not vitals.sink_errors


def test_sink_that_raises_is_counted_and_the_others_go_on():
    taken, vitals = [], Vitals()
    fan = FanOut({"broken": broken, "sound": taken.append}, vitals)

    with structlog.testing.capture_logs() as logs:
        for _ in range(3):
            fan(EVENT)

    assert taken == [EVENT] * 3
    assert vitals.sink_errors == {"broken": 3}
    assert [(line["event"], line["sink"], line["errors"]) for line in logs] == [
        ("sink.failed", "broken", 1),
        ("sink.failed", "broken", 2),
    ]


def test_sink_that_always_raises_does_not_flood_the_log():
    with structlog.testing.capture_logs() as logs:
        fan = FanOut({"broken": broken}, Vitals())
        for _ in range(5000):
            fan(EVENT)

    assert len(logs) == 13
