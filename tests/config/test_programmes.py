"""The programmes that come with the product are in order, count what they say, and hold no number that is made up."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from config.landscape import loaded, write

from monitor.inventory import ByConnection, ByReport, Report
from monitor.judge.coverage import Membership, census, coverage
from monitor.outcome import PENDING

READY = Path(__file__).parent.parent.parent / "deploy" / "config" / "programmes"
FILES = sorted(READY.glob("*.yaml"))
NAMES = [path.stem for path in FILES]
CLASSES = {
    "bo-cong-an": "ministry",
    "van-phong-chinh-phu": "ministerial",
    "thong-tan-xa-viet-nam": "government_agency",
    "cao-bang": "province",
    "ha-noi": "city",
}
AGENCY = "agency: {{id: {name}, class: {kind}, name: {name}}}\n"
CONNECTED = """\
contacts: {{truc-ban: {{}}}}
systems: [{{id: hub, kind: hub, name: Trục}}, {{id: one-stop, kind: administrative_procedure, name: Một cửa}}]
connections:
  - id: link
    consumer: one-stop
    provider: hub
    owner: truc-ban
    programmes: [{programme}]
    states: [{{state: live, on: 2026-01-01}}]
"""
TODAY = date(2026, 5, 4)


def country(tmp_path, programme="emc"):
    """One agency of each class with every programme; Hà Nội has a connection that is live."""
    files = {f"agencies/{name}.yaml": AGENCY.format(name=name, kind=kind) for name, kind in CLASSES.items()}
    files["agencies/ha-noi.yaml"] += CONNECTED.format(programme=programme)
    return loaded(write(tmp_path, files | {f"programmes/{path.name}": path.read_bytes() for path in FILES}))


def test_all_of_them_are_in_order(tmp_path):
    found = country(tmp_path)

    assert [str(problem) for problem in found.problems] == []
    assert sorted(found.inventory.programmes) == NAMES


def test_what_the_directives_ask_is_there():
    assert {
        "emc", "reporting", "security-platform", "essential-services", "scheme-06", "national-data-centre",
        "broadband-villages", "adults-online", "firms",
    } <= set(NAMES)  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_file_names_its_document_in_both_languages_and_reports_nothing_by_itself(path):
    one = yaml.safe_load(path.read_text("utf-8"))["programme"]

    assert one["id"] == path.stem
    assert all(one[key] for key in ("name", "name_en", "source", "goal", "deadline", "population", "connected"))
    assert "reports" not in one


@pytest.mark.parametrize("name", NAMES)
def test_programme_counts_a_live_connection_or_waits_for_a_report(name, tmp_path):
    there = country(tmp_path, name).inventory
    one = there.programmes[name]

    found = coverage(one, census(one, there), lambda _: PENDING, TODAY)

    if isinstance(one.measured, ByConnection):
        assert (found.connected, found.required) == (1, len(found.members))
        assert found.members[0].membership in {Membership.MISSING, Membership.CONNECTED}
        assert "ha-noi" in [each.seat.id for each in found.members if each.membership is Membership.CONNECTED]
    else:
        assert isinstance(one.measured, ByReport)
        assert (found.connected, found.is_met) == (None, None)


@pytest.mark.parametrize(
    ("name", "given", "required", "is_met"),
    [("essential-services", 51, 53, False), ("adults-online", 41.5, 100, True), ("firms", 48000, 48000, True)],
)
def test_reported_number_is_taken_as_it_stands(name, given, required, is_met, tmp_path):
    text = (READY / f"{name}.yaml").read_text("utf-8")
    report = f'\n  reports: [{{value: {given}, on: 2026-03-31, source: "12/BC"}}]\n'
    files = {
        "agencies/ha-noi.yaml": AGENCY.format(name="ha-noi", kind="city"),
        f"programmes/{name}.yaml": text + report,
    }

    one = loaded(write(tmp_path, files)).inventory.programmes[name]
    found = coverage(one, (), lambda _: PENDING, TODAY)

    assert one.reports == (Report(member="", value=given, on=date(2026, 3, 31), source="12/BC"),)
    assert (found.connected, found.required, found.is_met) == (given, required, is_met)
