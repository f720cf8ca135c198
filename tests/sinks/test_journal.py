"""Each confirmed change is one line with its facts as keys; an outcome is one at debug level."""

from datetime import timedelta

import pytest
import structlog
from judge.watch import START, Bench, check, connection, inventory, outcome, system

from monitor.inventory import OneOffWindow
from monitor.observation import Status
from monitor.sinks.journal import journal

UP, DOWN, UNKNOWN = Status.UP, Status.DOWN, Status.UNKNOWN
ID = "a/portal/http"


class Recorder:
    """A structlog-like logger that remembers what is written."""

    def __init__(self, *, debug=True):
        self.lines = []
        self._debug = debug

    def bind(self):
        return self

    def isEnabledFor(self, level):  # noqa: N802 - the standard library's name
        return self._debug or level > 10

    def debug(self, event, **facts):
        self.lines.append(("debug", event, facts))

    def info(self, event, **facts):
        self.lines.append(("info", event, facts))

    def warning(self, event, **facts):
        self.lines.append(("warning", event, facts))


def told(bench, *, debug=False):
    logger = Recorder(debug=debug)
    write = journal(logger)
    for event in bench.events:
        write(event)
    return logger.lines


def test_change_to_down_is_a_warning_with_all_its_facts():
    bench = Bench(inventory([check(ID)], [system("a/portal", owner="truc-ban")]))
    bench.run(ID, UP, DOWN, DOWN)

    lines = told(bench)

    facts = {"old": UP, "new": DOWN, "reason": "refused", "detail": "refused", "owner": "truc-ban"}
    since = "2026-05-04T00:01:00.000+00:00"
    assert lines[-2:] == [
        ("warning", "check.changed", {"check": ID, "since": since, **facts}),
        ("warning", "system.changed", {"system": "a/portal", "since": since, **facts}),
    ]


def test_recovery_is_information():
    bench = Bench(inventory([check("a/link/http")], (), [connection("a/link", owner="truc-ban")]))
    bench.run("a/link/http", DOWN, UP)

    assert [(level, event, facts["old"], facts["new"]) for level, event, facts in told(bench)][-2:] == [
        ("info", "check.changed", DOWN, UP),
        ("info", "connection.changed", DOWN, UP),
    ]


def test_connection_that_breaks_names_the_hop_and_who_has_to_act():
    link = connection("a/link", "b/db", via=("a/hub",))
    bench = Bench(inventory([check("a/link/http"), check("a/hub/http")], [system("a/hub")], [link]))
    bench.run("a/link/http", UP)
    bench.run("a/hub/http", DOWN)
    bench.run("a/hub/http", UP)
    bench.run("a/link/http", DOWN, DOWN)

    told_of = [facts for _, event, facts in told(bench, debug=True) if event == "connection.changed"]

    assert [(one["new"], one.get("fault"), one.get("at"), one.get("ground"), one.get("check")) for one in told_of] == [
        (UP, None, None, None, None),
        (DOWN, "hub", "a/hub", "hop", None),
        (UP, None, None, None, None),
        (DOWN, "hub", "a/hub", "door", "a/link/http"),
    ]


@pytest.mark.parametrize(("first", "level"), [(UP, "debug"), (DOWN, "warning")])
def test_first_state_is_worth_a_line_only_when_it_is_bad(first, level):
    bench = Bench(inventory([check(ID)], [system("a/portal")]))
    bench.run(ID, first)

    assert {line[0] for line in told(bench)} == {level}


def test_down_inside_a_planned_window_is_no_warning():
    window = OneOffWindow(start=START, length=timedelta(hours=1))
    bench = Bench(inventory([check(ID)], [system("a/portal", maintenance=(window,))]))
    bench.run(ID, DOWN)

    level, _, facts = told(bench)[-1]

    assert (level, facts["maintenance"]) == ("info", "running")


def test_outcomes_are_written_at_debug_level_only():
    bench = Bench(inventory([check(ID)], [system("a/portal")]))
    bench.run(ID, UP)

    assert [event for _, event, _ in told(bench)] == ["check.changed", "system.changed"]
    loud = told(bench, debug=True)
    assert loud[0] == (
        "debug",
        "check.observed",
        {
            "check": ID,
            "status": "up",
            "reason": None,
            "detail": "",
            "duration_seconds": 0.25,
            "confirmed": "up",
        },
    )


def test_event_names_are_constants_whatever_the_target_says():
    events = {line[1] for line in told(Bench(inventory([check(ID)], [system("a/portal")])), debug=True)}

    assert events <= {"check.changed", "system.changed", "connection.changed", "check.observed"}


def test_structlog_itself_is_a_fitting_logger():
    with structlog.testing.capture_logs() as lines:
        write = journal(structlog.wrap_logger(None, wrapper_class=structlog.stdlib.BoundLogger))
        write(Bench(inventory([])).events[0])

    assert lines == []
    assert outcome(ID, START, UP).check == ID
