"""A running daemon names the hop that broke, its domain and owner within two intervals; its own faults break nobody."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from end_to_end.daemon import daemon, fetch
from end_to_end.servers import http, wait_for
from ports import free_port
from prometheus_client.parser import text_string_to_metric_families

ID = "ha-noi/population"
EVERY_SECONDS = 1
AGENCY = """\
agency: {{id: ha-noi, class: city, name: Hà Nội}}
contacts: {{truc-ban: {{name: Trực ban}}, dau-moi: {{name: Đầu mối}}}}
systems:
  - id: one-stop
    kind: administrative_procedure
    name: Một cửa
    owner: dau-moi
    checks: [{{id: page, probe: http, with: {{target: "http://127.0.0.1:{consumer}/"}}}}]
  - id: lgsp
    kind: hub
    name: LGSP
    owner: truc-ban
    checks: [{{id: door, probe: http, with: {{target: "http://127.0.0.1:{hub}/"}}}}]
connections:
  - id: population
    consumer: one-stop
    provider: bo-cong-an/population-db
    via: [lgsp]
    owner: dau-moi
    states: [{{state: live, on: 2026-05-04}}]
    due: 2026-12-31
    checks: [{{id: lookup, probe: http, with: {{target: "{lookup}", {more}}}}}]
"""
MINISTRY = """\
agency: {{id: bo-cong-an, class: ministry, name: Bộ Công an}}
contacts: {{van-hanh: {{name: Vận hành}}}}
systems:
  - id: population-db
    kind: national_database
    name: CSDL dân cư
    owner: van-hanh
    checks: [{{id: port, probe: http, with: {{target: "http://127.0.0.1:{provider}/"}}}}]
"""
MONITOR = """\
egress: {allow: [127.0.0.0/8]}
nameservers: {servers: ["127.0.0.1:9"]}
defaults: {every: 1s, timeout: 500ms, recheck: 300ms}
"""


@dataclass
class Landscape:
    """Three servers; what each answers is turned by the test."""

    directory: Path
    url: str = ""
    answers: dict[str, int] = field(default_factory=lambda: {"consumer": 200, "hub": 200, "provider": 200, "way": 200})
    ports: dict[str, int] = field(default_factory=dict)

    def serve(self, name):
        """Serve a hop; what the hub's gateway answers to the connection's own check is the way's."""

        def answer(request):
            said = self.answers["way" if request.path == "/dancu" else name]
            if said == 0:
                time.sleep(1)
            request.send_response(said or 200)
            request.end_headers()

        return http(answer)

    def write(self, lookup="", more=""):
        (self.directory / "agencies").mkdir(parents=True, exist_ok=True)
        (self.directory / "monitor.yaml").write_text(MONITOR)
        ports = {**self.ports, "lookup": lookup or f"http://127.0.0.1:{self.ports['hub']}/dancu", "more": more}
        (self.directory / "agencies" / "ha-noi.yaml").write_text(AGENCY.format(**ports))
        (self.directory / "agencies" / "bo-cong-an.yaml").write_text(MINISTRY.format(**ports))

    def connection(self):
        return json.loads(fetch(f"{self.url}/api/v1/connections/{ID}")[1])

    def blamed(self):
        """Return the status, and domain, hop and owner of the fault."""
        found = self.connection()
        fault = found["fault"] or {}
        return found["status"], fault.get("domain"), fault.get("at"), fault.get("owner")

    def wait_until(self, *expected):
        """Wait for a state: a fault needs two intervals to be found, and what a busy machine adds."""
        wait_for(lambda: self.blamed() == expected, within=2 * EVERY_SECONDS + 8)

    def series(self, name):
        text = fetch(f"{self.url}/metrics")[1]
        found = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
        return [(sample.labels, sample.value) for sample in found if sample.name == name]

    def outages(self):
        """Return the lines of the log that say that the connection is down."""
        lines = map(json.loads, (self.directory.parent / "daemon.log").read_text().splitlines())
        return [one for one in lines if one["event"] == "connection.changed" and one["new"] == "down"]


WELL = ("up", None, None, None)


@pytest.fixture(scope="module")
def land(tmp_path_factory):
    made = Landscape(tmp_path_factory.mktemp("land") / "config")
    port = free_port()
    made.url = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        for name in ("consumer", "hub", "provider"):
            made.ports[name] = stack.enter_context(made.serve(name))
        made.write()
        with daemon(made.directory, port):
            made.wait_until(*WELL)
            yield made


def explain(url, *more):
    command = [sys.executable, "-m", "monitor", "explain", ID, "--url", url, *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ({"consumer": 500}, ("consumer", "ha-noi/one-stop", "ha-noi/dau-moi")),
        ({"hub": 500, "way": 500}, ("hub", "ha-noi/lgsp", "ha-noi/truc-ban")),
        ({"hub": 0, "way": 0}, ("hub", "ha-noi/lgsp", "ha-noi/truc-ban")),
        ({"provider": 500, "way": 502}, ("provider", "bo-cong-an/population-db", "bo-cong-an/van-hanh")),
        ({"provider": 0, "way": 504}, ("provider", "bo-cong-an/population-db", "bo-cong-an/van-hanh")),
        ({"way": 401}, ("consumer", "ha-noi/one-stop", "ha-noi/dau-moi")),
        ({"way": 403}, ("provider", "bo-cong-an/population-db", "bo-cong-an/van-hanh")),
        ({"way": 429}, ("hub", "ha-noi/lgsp", "ha-noi/truc-ban")),
        ({"way": 500}, ("provider", "bo-cong-an/population-db", "bo-cong-an/van-hanh")),
        ({"way": 0}, ("network", "ha-noi/lgsp", "ha-noi/dau-moi")),
        ({"consumer": 500, "hub": 500, "provider": 500}, ("consumer", "ha-noi/one-stop", "ha-noi/dau-moi")),
        ({"hub": 500, "provider": 500, "way": 500}, ("hub", "ha-noi/lgsp", "ha-noi/truc-ban")),
    ],
)
def test_what_breaks_is_named_and_is_forgotten_when_it_is_mended(land, broken, expected):
    land.answers.update(broken)
    land.wait_until("down", *expected)

    told = explain(land.url, "--json")
    labels = [labels for labels, value in land.series("datashare_connection_fault") if value == 1]

    assert (told.returncode, json.loads(told.stdout)["fault"]["domain"]) == (1, expected[0])
    assert [(one["domain"], one["at"]) for one in labels] == [expected[:2]]
    land.answers.update(dict.fromkeys(land.answers, 200))
    land.wait_until(*WELL)
    assert land.series("datashare_connection_fault") == []


def test_path_behind_the_broken_hop_is_unreachable_and_the_log_names_the_hop(land):
    land.answers.update(hub=500, way=500)
    land.wait_until("down", "hub", "ha-noi/lgsp", "ha-noi/truc-ban")

    shown = explain(land.url).stdout

    assert "● up          consumer  ha-noi/one-stop" in shown
    assert "✕ broken      hub       ha-noi/lgsp" in shown
    assert "· unreachable provider  bo-cong-an/population-db" in shown
    land.answers.update(dict.fromkeys(land.answers, 200))
    land.wait_until(*WELL)
    assert explain(land.url).returncode == 0
    told = land.outages()[-1]
    assert (told["fault"], told["at"]) == ("hub", "ha-noi/lgsp")


@pytest.mark.parametrize(
    ("lookup", "more", "reason"),
    [
        ("http://169.254.1.1/", "", "egress"),
        ("", 'authorization: {credentials: {file: "/nowhere/token"}}', "secret"),
    ],
)
def test_fault_of_the_monitor_is_unknown_and_nobody_elses(land, lookup, more, reason):
    before = land.outages()
    land.write(lookup, more)
    assert fetch(f"{land.url}/-/reload", method="POST")[0] == 200

    land.wait_until("unknown", "monitor", None, None)

    assert explain(land.url).returncode == 2
    assert land.connection()["fault"]["reason"] == reason
    assert land.series("datashare_connection_status") == []
    assert land.outages() == before
    land.write()
    assert fetch(f"{land.url}/-/reload", method="POST")[0] == 200
    land.wait_until(*WELL)


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="making a network takes root and unshare")
def test_network_of_the_monitor_that_is_gone_makes_the_connection_unknown(tmp_path):
    land = Landscape(tmp_path / "config", ports={"consumer": 7001, "hub": 7002, "provider": 7003})
    land.write()
    for file in land.directory.rglob("*.yaml"):  # nothing but loopback is there: no route leads to any of these
        file.write_text(file.read_text().replace("127.0.0.1:700", "10.99.0.1:700").replace("127.0.0.0/8", "10.0.0.0/8"))
    alone = ["unshare", "-n", "sh", "-c", 'ip link set lo up && exec "$0" "$@"', sys.executable, "-m", "monitor"]
    with (tmp_path / "log").open("wb") as log:
        serving = subprocess.Popen([*alone, "serve", str(land.directory)], stdout=log, stderr=log)
    try:
        inside = ["nsenter", "-t", str(serving.pid), "-n", sys.executable, "-m", "monitor", "explain", ID, "--json"]

        def told():
            done = subprocess.run(inside, capture_output=True, text=True, timeout=60, check=False)
            found = json.loads(done.stdout) if done.returncode in {0, 1, 2} else {}
            return found if (found.get("fault") or {}).get("reason") == "network" else None

        found = wait_for(told, within=30)
    finally:
        serving.terminate()
        serving.wait(10)

    assert (found["status"], found["fault"]["domain"]) == ("unknown", "monitor")
    assert {hop["verdict"] for hop in found["hops"]} == {"unknown"}
