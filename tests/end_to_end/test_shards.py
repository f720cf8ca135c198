"""Two daemons divide one configuration: nothing is missing, and each tells where its own connections are broken."""

import contextlib
import json
import sys

import pytest
from cli.test_check_config import run
from end_to_end.daemon import fetch, is_ready
from end_to_end.servers import process, wait_for
from ports import free_port
from prometheus_client.parser import text_string_to_metric_families

from monitor.shard import holder

COUNT = 2
OF_ONE = next(name for name in ("ha-noi", "hue", "ca-mau", "an-giang") if holder(name, COUNT) == 0)
OF_OTHER = next(name for name in ("ha-noi", "hue", "ca-mau", "an-giang") if holder(name, COUNT) == 1)
MONITOR = """\
egress: {allow: [127.0.0.0/8]}
witnesses: {gateway: false, resolver: false}
defaults: {every: 1s, timeout: 500ms, recheck: 200ms}
"""
HUB = """\
agency: {id: %s, class: city, name: A}
contacts: {desk: {email: a@b.example}}
systems:
  - id: hub
    kind: hub
    name: Hub
    checks:
      - {id: door, probe: tcp, with: {target: "127.0.0.1:%d"}}
      - {id: beat, probe: heartbeat, with: {interval: 1h, token: {file: %s}}}
"""
LINK = """\
agency: {id: %s, class: city, name: B}
contacts: {desk: {email: a@b.example}}
systems: [{id: register, kind: specialised_database, name: Register}]
connections:
  - {id: link, provider: register, via: [%s/hub], owner: desk, states: [{state: live, on: 2026-05-04}]}
"""


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    root = folder / "configuration"
    (root / "agencies").mkdir(parents=True)
    (folder / "token").write_text("a-token-that-nobody-guesses")
    (root / "monitor.yaml").write_text(MONITOR)
    (root / "agencies" / "one.yaml").write_text(HUB % (OF_ONE, free_port(), folder / "token"))
    (root / "agencies" / "other.yaml").write_text(LINK % (OF_OTHER, OF_ONE))
    ports = [free_port() for _ in range(COUNT)]
    with contextlib.ExitStack() as stack:
        for index, port in enumerate(ports):
            (folder / str(index)).mkdir()
            stack.enter_context(serving(root, folder / str(index), index, port))
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        wait_for(lambda: all(map(is_ready, urls)), within=30)
        yield root, urls


def serving(root, folder, index, port):
    words = ["serve", str(root), "--shard", f"{index}/{COUNT}", "--listen", f"127.0.0.1:{port}"]
    return process([sys.executable, "-m", "monitor", *words], folder)


def found(url, name):
    families = text_string_to_metric_families(fetch(f"{url}/metrics")[1])
    return [one for family in families for one in family.samples if one.name == name]


def test_each_connection_has_one_shard_that_names_where_it_is_broken(shards):
    _, urls = shards

    wait_for(lambda: found(urls[1], "datashare_connection_fault"))

    (fault,) = found(urls[1], "datashare_connection_fault")
    assert (fault.labels["agency"], fault.labels["at"], fault.labels["domain"]) == (OF_OTHER, f"{OF_ONE}/hub", "hub")
    assert found(urls[0], "datashare_connection_info") == []


def test_system_on_the_path_is_looked_at_by_both_and_its_heartbeat_by_its_own(shards):
    _, urls = shards
    checks = [{one.labels["check"] for one in found(url, "datashare_check_info")} for url in urls]

    assert checks == [{"door", "beat"}, {"door"}]
    assert [[one.value for one in found(url, "datashare_monitor_shard")] for url in urls] == [[0], [1]]
    assert [[one.value for one in found(url, "datashare_monitor_shards")] for url in urls] == [[2], [2]]


def test_heartbeat_at_another_shard_is_told_where_it_belongs(shards):
    _, urls = shards

    status, body = fetch(f"{urls[1]}/api/v1/heartbeats/{OF_ONE}/hub/beat", method="POST")

    assert status == 404
    assert f"the agency {OF_ONE} belongs to shard 0/2, and this is 1/2" in json.dumps(json.loads(body))


def test_plan_of_a_shard_finds_nothing_to_change(shards):
    root, urls = shards

    whole = run("plan", root, "--url", urls[1], "--json")
    mine = run("plan", root, "--url", urls[1], "--json", "--shard", "1/2")

    assert json.loads(whole.stdout)["changes"] != []
    assert json.loads(mine.stdout)["changes"] == []


def test_check_config_says_what_falls_to_a_shard(shards):
    root, _ = shards

    said = run("check-config", root, "--shard", "1/2")

    assert said.exit_code == 0
    watched = "1 agency, 1 system, 1 connection, 1 system of other agencies on their paths and 1 check"
    assert said.stdout.splitlines()[-1] == f"Shard 1/2: {watched}. {OF_OTHER}"


@pytest.mark.parametrize("text", ["3/3", "1", "-1/2", "0/0", "1/99999", "a/b"])
def test_what_is_no_shard_is_refused(tmp_path, text):
    said = run("check-config", tmp_path, f"--shard={text}")

    assert said.exit_code == 2
    assert "is no shard; of three they are 0/3, 1/3 and 2/3" in said.stderr
