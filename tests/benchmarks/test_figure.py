"""A figure is judged by its median, and a row of the table says everything about it."""

from pathlib import Path

import pytest

from tests.benchmarks import results
from tests.benchmarks.figure import Figure


@pytest.mark.parametrize(("values", "is_met"), [([1, 9, 2], True), ([1, 9, 3], False), ([2], True)])
def test_a_limit_holds_for_the_median(values, is_met):
    assert Figure(name="x", values=values, most=2).is_met is is_met


def test_a_figure_without_a_limit_is_neither_kept_nor_broken():
    assert Figure(name="x", values=[1]).is_met is None


def test_a_row_has_limit_goal_and_verdict():
    figure = Figure(name="memory", values=[100, 300, 200], unit="MiB", most=250, goal=150, note="idle")

    assert figure.row() == "| memory | 200 MiB | 100–300 | ≤ 250 MiB | 150 MiB | yes | idle |"


def test_rows_measured_earlier_stay_and_new_ones_replace_theirs(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path / "RESULTS.md")
    results.keep([Figure(name="a", values=[1]), Figure(name="b", values=[2])])

    results.keep([Figure(name="b", values=[3]), Figure(name="c", values=[4])])

    rows = [line for line in results.RESULTS.read_text().splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[:2] for row in rows[1:]] == [["| a", "1"], ["| b", "3"], ["| c", "4"]]


def test_results_name_no_path_of_this_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path / "RESULTS.md")

    results.keep([Figure(name="a", values=[1])])

    written = results.RESULTS.read_text()
    assert [place for place in (Path.cwd(), Path.home(), tmp_path) if str(place) in written] == []
