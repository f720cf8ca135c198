"""The configuration written is one that the monitor accepts, with every check of the country in it."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import yaml

from monitor.config import load
from monitor.demo.country import Size, country
from monitor.demo.doors import Ports
from monitor.demo.writing import Beat, is_ours, write
from monitor.inventory import OneOffWindow, Stage

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
PORTS = Ports.from_base(18_000)


def written(directory, **size):
    made = country(Size(**size), NOW.date())
    write(made, PORTS, directory, Beat(every="10s", timeout="3s"), NOW)
    return made


@pytest.mark.parametrize("size", [{}, {"agencies": 1, "checks": 5}, {"checks": 1500}])
def test_the_monitor_accepts_it_without_a_word(tmp_path, size):
    made = written(tmp_path, **size)

    loaded = load(tmp_path)

    assert [str(problem) for problem in loaded.problems] == []
    assert set(loaded.inventory.checks) == {check for piece in made.pieces for check, _ in piece.checks}


def test_beat_and_timeout_are_those_asked_for(tmp_path):
    written(tmp_path)

    checks = load(tmp_path).inventory.checks.values()

    assert {(check.every, check.timeout) for check in checks} == {(timedelta(seconds=10), timedelta(seconds=3))}


def test_it_connects_nowhere_but_to_loopback(tmp_path):
    written(tmp_path)

    loaded = load(tmp_path)

    assert [str(network) for network in loaded.settings.egress.allow] == ["127.0.0.0/8"]
    assert {check.host for check in loaded.inventory.checks.values() if check.kind != "heartbeat"} <= {"127.0.0.1"}


def test_a_planned_window_is_open_now(tmp_path):
    written(tmp_path)

    windows = [window for system in load(tmp_path).inventory.systems.values() for window in system.maintenance]

    assert any(isinstance(each, OneOffWindow) and each.start <= NOW < each.start + each.length for each in windows)


def test_an_overdue_connection_is_among_them(tmp_path):
    written(tmp_path)

    today = date(2026, 11, 20)
    connections = load(tmp_path).inventory.connections.values()

    assert any(each.due < today and each.stage(today) is not Stage.LIVE for each in connections)


def test_addresses_of_people_are_roles_under_example(tmp_path):
    written(tmp_path)

    contacts = load(tmp_path).inventory.contacts.values()

    assert {contact.name for contact in contacts} == {"Trực ban", "Đầu mối chia sẻ dữ liệu"}
    assert all(contact.email.endswith(".example") for contact in contacts)


def test_writing_again_leaves_nothing_of_a_larger_country(tmp_path):
    written(tmp_path)

    written(tmp_path, agencies=2, checks=10)

    assert len(list((tmp_path / "agencies").iterdir())) == 2


def test_the_same_seed_writes_the_same_files(tmp_path):
    written(tmp_path / "one", seed=3)
    written(tmp_path / "two", seed=3)

    def content(folder):
        return [path.read_text().replace(str(folder), "") for path in sorted(folder.rglob("*.yaml"))]

    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_every_file_is_plain_yaml(tmp_path):
    written(tmp_path)

    assert all(yaml.safe_load(path.read_text()) for path in tmp_path.rglob("*.yaml"))


def test_only_what_was_written_here_is_ours(tmp_path):
    written(tmp_path / "ours", agencies=1, checks=5)
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "monitor.yaml").write_text("vantage: ha-noi\n")

    assert [is_ours(tmp_path / name) for name in ("ours", "theirs", "none", ".")] == [True, False, True, False]
