"""The scenario plays its seven acts in turn, mends each, and ``explain`` of a real monitor names who has to act."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import date

import pytest

from monitor.demo.answer import AGREED, DRIFTED
from monitor.demo.country import Size, country
from monitor.demo.scenario import ACTS, DRIFTING, Scenario

BEGAN = 1_800_000_000.0
SCENARIO = Scenario(began=BEGAN, act_seconds=60)
DOMAINS = ("hub", "provider", "consumer", "provider", "provider", None, "consumer")
ACT_SECONDS = 6


@pytest.fixture(scope="module")
def calm():
    return country(Size(checks=700, is_calm=True), date(2026, 11, 20))


def during(act):
    """Return a moment in the middle of an act of the first round."""
    return BEGAN + act * SCENARIO.turn_seconds + SCENARIO.turn_seconds - 30


def test_acts_come_in_turn_with_a_rest_before_each():
    assert [SCENARIO.on(during(act)) for act in range(len(ACTS))] == list(range(len(ACTS)))
    assert [SCENARIO.on(BEGAN + act * 90 + 29) for act in range(len(ACTS))] == [None] * len(ACTS)
    assert SCENARIO.on(BEGAN - 1) is None
    assert SCENARIO.on(during(len(ACTS))) == 0


def test_edges_are_where_an_act_is_on_and_no_longer():
    edges = SCENARIO.edges()
    for _ in range(2 * len(ACTS)):
        at, act, begins = next(edges)
        assert SCENARIO.on(at + 0.1) == (act if begins else None)


def test_a_calm_country_is_well_while_no_act_is_on(calm):
    routes = calm.routes()

    assert calm.troubles == {}
    played = SCENARIO.played(calm.pieces, routes)
    assert [path for path, said in played.items() if said(BEGAN) != routes[path](BEGAN)] == []


@pytest.mark.parametrize("number", range(len(ACTS)))
def test_every_act_strikes_something_and_only_while_it_is_on(calm, number):
    routes, now = calm.routes(), during(number)
    played = SCENARIO.played(calm.pieces, routes)

    struck = [path for path, said in played.items() if said(now) != routes[path](now)]

    assert bool(struck) is not ACTS[number].is_of_certificate
    assert len(struck) < len(routes) / 2
    assert bool(ACTS[number].connection(calm.pieces)) is (DOMAINS[number] is not None)


def test_the_contract_that_drifts_is_the_one_that_was_agreed_on_before(calm):
    played = SCENARIO.played(calm.pieces, calm.routes())[f"/{DRIFTING}/openapi.json".encode()]

    assert (played(BEGAN), played(during(5))) == (AGREED, DRIFTED)
    assert json.loads(AGREED.body) != json.loads(DRIFTED.body)


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except (OSError, urllib.error.URLError):
        return {}


def seen(address, connection):
    """Return the domain that is named; of an act that breaks no connection the reason of its check."""
    if connection:
        return (fetch(f"{address}/api/v1/connections/{connection}").get("fault") or {}).get("domain")
    return fetch(f"{address}/api/v1/checks/{DRIFTING}/contract").get("reason")


def test_every_act_is_seen_by_a_real_monitor_and_told_on_the_way(tmp_path, calm):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
    command = [sys.executable, "-u", "-m", "monitor", "demo", "--watch", f"--listen={address}"]
    command += ["--scenario", f"--act={ACT_SECONDS}", "--every=1s"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as child:
        try:
            named = []
            for act in ACTS:
                deadline, connection = time.monotonic() + 45, act.connection(calm.pieces)
                while not (found := seen(f"http://{address}", connection)) and time.monotonic() < deadline:
                    time.sleep(0.2)
                named.append(found)
        finally:
            child.send_signal(signal.SIGTERM)
            said = child.communicate(timeout=10)[0]

    assert named == ["mismatch" if domain is None else domain for domain in DOMAINS]
    assert [act.told in said for act in ACTS] == [True] * len(ACTS)
