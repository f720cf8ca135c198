"""Promise: many looks read as lines with a summary that is true, whatever stands behind the output."""

import io
from dataclasses import replace
from datetime import timedelta

from rich.console import Console
from web.pretend import NOW, check, outcome

from monitor.cli.look import Finding
from monitor.cli.tally import MOST_DURATIONS, Tally
from monitor.cli.verdict import Subject
from monitor.cli.watching import line, lines, summary
from monitor.observation import Reason, Status, down, unknown, up

CHECK = check("ha-noi/lgsp/api")


def look(observation, seconds=0.1, after=0):
    made = outcome(CHECK.id, observation, duration=seconds)
    return replace(made, started=NOW + timedelta(seconds=after))


def tally_of(*looks) -> Tally:
    tally = Tally()
    for one in looks:
        tally.add(one)
    return tally


def test_unknown_looks_count_neither_way():
    tally = tally_of(look(up()), look(unknown(Reason.NETWORK, "")), look(down(Reason.STATUS, "")), look(up()))

    assert tally.runs == 4
    assert tally.ratio == 2 / 3
    assert tally.changes == 3


def test_percentiles_are_durations_that_took_place():
    tally = tally_of(*(look(up(), seconds=number / 100) for number in range(1, 101)))

    assert tally.percentiles(50, 95, 100) == [0.5, 0.95, 1.0]
    assert Tally().percentiles(50) == []
    assert Tally().ratio is None


def test_memory_is_bounded_and_the_count_is_not():
    tally = tally_of(*[look(up(), seconds=9)] * 10, *[look(up(), seconds=1)] * MOST_DURATIONS)

    assert tally.runs == MOST_DURATIONS + 10
    assert tally.percentiles(100) == [1]


def test_summary_tells_since_when_it_is_as_it_is():
    tally = tally_of(look(up()), look(down(Reason.TIMEOUT, ""), after=10), look(down(Reason.TIMEOUT, ""), after=70))

    text = summary(tally, NOW + timedelta(seconds=70)).plain

    assert "3 runs  ● up 1  ✕ down 2  up or degraded 33.33 %" in text
    assert "down for 1 min, changed once" in text
    assert "p95 100 ms" in text


def test_line_is_one_and_harmless():
    text = line(look(down(Reason.CONTENT, "\x1b[2J\n[red]"))).plain

    assert "✕ down" in text
    assert "content  \\x1b[2J\\n[red]" in text
    assert "\n" not in text


def test_pipe_gets_each_look_and_the_summary_at_the_end():
    out = io.StringIO()

    with lines(Subject(check=CHECK), Console(file=out, width=80, markup=False)) as told:
        for observation in (up(), down(Reason.STATUS, "answered 503")):
            told(Finding(outcome=look(observation)))

    text = out.getvalue()
    assert text.index("● up") < text.index("answered 503") < text.index("2 runs")
    assert text.count(" runs") == 1
    assert "\x1b" not in text


def test_terminal_keeps_the_summary_below_the_looks():
    out = io.StringIO()

    with lines(
        Subject(check=CHECK), Console(file=out, width=80, force_terminal=True, _environ={"TERM": "xterm"})
    ) as told:
        told(Finding(outcome=look(up())))
        shown = out.getvalue()

    assert "1 run" in shown
    assert Status.UP in shown
