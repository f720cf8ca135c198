"""A collector of usage in the real daemon: killed at any moment it loses and doubles nothing, and tells no secrets."""

import json
import os
import random
import re
import signal
import sys
import time
from pathlib import Path

import pytest
from end_to_end.daemon import daemon, fetch
from end_to_end.servers import listens, process, wait_for
from ports import free_port

from monitor.sinks.history import day_totals
from monitor.sinks.history.reader import reading

RATE = 10
KILLS = 8
TESTS = Path(__file__).parents[1]
TRANSACTIONS = "exchange_transactions_total"
SAMPLE = re.compile(r"^datashare_exchange_transactions_total\{(.*)\} (\S+)$", re.MULTILINE)

MONITOR = """\
egress: {allow: [127.0.0.0/8]}
log: {level: debug, format: json}
history: {path: %s}
"""
AGENCY = """\
agency: {id: ha-noi, class: city, name: Hà Nội}
contacts: {truc-ban: {name: Trực ban}}
systems:
  - {id: population-db, kind: national_database, name: Dân cư}
  - id: xroad
    kind: hub
    name: X-Road
    checks:
      - id: usage
        probe: usage
        every: 2s
        timeout: 2s
        with:
          external_ids: xroad
          lookback: 15m
          xroad:
            url: "http://127.0.0.1:%d/"
            client: VN/GOV/NDC/MONITOR
            security_server: VN/GOV/NDC/SS1
            max_records: 2000
connections:
  - id: population
    provider: population-db
    owner: truc-ban
    states: [{state: live, on: 2026-01-01}]
    external_ids: {xroad: VN/GOV/HNI/PORTAL VN/GOV/BCA/DANCU}
"""


@pytest.fixture
def watched(tmp_path):
    """A configuration with a security server to collect from."""
    directory, port = tmp_path / "config", free_port()
    (directory / "agencies").mkdir(parents=True)
    (directory / "monitor.yaml").write_text(MONITOR % (tmp_path / "history.db"))
    (directory / "agencies" / "ha-noi.yaml").write_text(AGENCY % port)
    command = [sys.executable, "-m", "end_to_end.security_server", str(port), str(RATE)]
    with process(command, tmp_path, env={**os.environ, "PYTHONPATH": str(TESTS)}):
        wait_for(lambda: listens(port))
        yield directory


def counted(url):
    """Return what /metrics shows, by label text."""
    return {labels: float(value) for labels, value in SAMPLE.findall(fetch(f"{url}/metrics")[1])}


def remembered(file):
    connection = reading(file)
    try:
        found = connection.execute("SELECT memory FROM checks WHERE id = 'ha-noi/xroad/usage'").fetchone()
    finally:
        connection.close()
    return json.loads(found[0].partition(b"\n")[0]) if found else {"until": 0}


def calls_of(since, until):
    """Return how many calls went through the security server, by consumer and outcome."""
    truth = {}
    for place in range(RATE):
        key = ("ha-noi" if place % 3 else "other", "server_error" if place % 5 == 4 else "ok")
        truth[key] = truth.get(key, 0) + until - since
    return truth


@pytest.mark.timeout(300)
def test_killed_daemon_loses_and_doubles_nothing(watched, tmp_path):
    file, moments, port = tmp_path / "history.db", random.Random(7), free_port()
    url, before = f"http://127.0.0.1:{port}", {}
    for number in range(KILLS):
        with daemon(watched, port) as running:
            wait_for(lambda before=before: counted(url).keys() >= before.keys())
            shown = counted(url)
            assert all(shown[labels] >= value for labels, value in before.items()), "a counter went back"
            if number % 2:  # the others may be killed in their first run
                wait_for(lambda shown=shown: sum(counted(url).values()) > sum(shown.values()), within=60)
            time.sleep(moments.uniform(0.0, 2.5))
            before = counted(url)
            os.kill(running.pid, signal.SIGKILL)
            running.wait(10)
    assert sum(before.values()) > 0

    with daemon(watched, port):
        wait_for(lambda: remembered(file)["until"] > time.time() - 70, within=120)

    memory, totals = remembered(file), {}
    for one in day_totals(file, TRANSACTIONS):
        consumer, service, outcome = one.labels
        assert service == "ha-noi/population-db"
        totals[consumer, outcome] = totals.get((consumer, outcome), 0) + one.amount
    assert totals == calls_of(memory["since"], memory["until"])


@pytest.mark.timeout(120)
def test_nothing_of_a_person_is_shown_or_kept(watched, tmp_path):
    file, port = tmp_path / "history.db", free_port()
    url = f"http://127.0.0.1:{port}"
    with daemon(watched, port):
        wait_for(lambda: len(counted(url)) >= 4, within=30)
        places = ["/metrics", "/", "/api/v1/checks", "/api/v1/inventory", "/api/v1/configuration"]
        places += ["/checks/ha-noi/xroad/usage", "/api/v1/checks/ha-noi/xroad/usage"]
        seen = {place: fetch(f"{url}{place}")[1].encode() for place in places}
    seen["log"] = (tmp_path / "daemon.log").read_bytes()
    for path in tmp_path.glob("history.db*"):
        seen[path.name] = path.read_bytes()

    assert {place for place, text in seen.items() if b"canary" in text or b"001079012345678" in text} == set()
    assert b'consumer="other"' in seen["/metrics"]
    assert b"check.observed" in seen["log"]
    assert file.name in seen
    assert b"no connection has as xroad in external_ids" in seen["/api/v1/checks/ha-noi/xroad/usage"]
