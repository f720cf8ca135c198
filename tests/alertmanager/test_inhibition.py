"""What is held back while something else is told, by a real Alertmanager with the committed routes."""

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from end_to_end.daemon import fetch
from end_to_end.servers import answers, process, wait_for
from ports import free_port

COMMITTED = Path(__file__).parents[2] / "deploy" / "alertmanager" / "alertmanager.yml"
HUB = {"at": "bo-khoa-hoc-va-cong-nghe/ndxp", "owner": "bo-khoa-hoc-va-cong-nghe/ndxp"}
LAND = {"agency": "an-giang", "target": "land"}
OURS = {"domain": "monitor", "owner": "monitor"}
MONITOR_DOWN = {"alertname": "MonitorDown", "severity": "critical", "instance": "a:9664", **OURS}
NETWORK_DOWN = {"alertname": "MonitorNetworkDown", "severity": "critical", "instance": "a:9664", **OURS}
UNKNOWN = {"alertname": "ConnectionUnknown", "severity": "warning", **LAND, **OURS}
STALE = {"alertname": "MonitorChecksStale", "severity": "warning", "agency": "an-giang", **OURS}
HISTORY = {"alertname": "MonitorHistoryDown", "severity": "warning", "instance": "a:9664", **OURS}
HUB_DOWN = {
    "alertname": "HubDown", "severity": "critical", "agency": "bo-khoa-hoc-va-cong-nghe", "target": "ndxp",
    "domain": "hub", **HUB,
}  # fmt: skip
CONNECTION_DOWN = {"alertname": "ConnectionDown", "severity": "critical", "domain": "hub", **LAND, **HUB}
CALLS_DROPPED = {
    "alertname": "CallsDropped", "severity": "warning", "domain": "consumer", "owner": "an-giang/dau-moi",
    "at": "an-giang/mot-cua", **LAND,
}  # fmt: skip
ELSEWHERE = {**CONNECTION_DOWN, "target": "population", "at": "an-giang/lgsp", "owner": "an-giang/truc-ban"}

CASES = {
    "the monitor is down: what it does not see is not told beside it": (MONITOR_DOWN, [UNKNOWN, STALE], []),
    "its network is down: the same": (NETWORK_DOWN, [UNKNOWN, STALE], []),
    "the monitor is down: another may have seen the hub": (MONITOR_DOWN, [], [HUB_DOWN, ELSEWHERE, HISTORY]),
    "a hub is down: not each of its connections": (HUB_DOWN, [CONNECTION_DOWN], [ELSEWHERE]),
    "a connection is down: not that nobody calls over it": (CONNECTION_DOWN, [CALLS_DROPPED], [HISTORY]),
}


@pytest.fixture(scope="module")
def alertmanager(need, tmp_path_factory):
    folder = tmp_path_factory.mktemp("alertmanager")
    port = free_port()
    command = [need("prometheus-alertmanager", "prometheus-alertmanager"), f"--config.file={COMMITTED}"]
    command += [f"--storage.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"]
    url = f"http://127.0.0.1:{port}"
    with process([*command, "--cluster.listen-address="], folder):
        wait_for(lambda: answers(f"{url}/-/ready"))
        yield url


def post(url, alerts, ends):
    body = json.dumps([{"labels": labels, "endsAt": ends.isoformat()} for labels in alerts]).encode()
    request = urllib.request.Request(f"{url}/api/v2/alerts", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=5).close()


def states(url):
    """Return the name of each alert, and whether it is held back."""
    found = json.loads(fetch(f"{url}/api/v2/alerts?active=true&inhibited=true")[1])
    return [(one["labels"]["alertname"], bool(one["status"]["inhibitedBy"])) for one in found]


@pytest.mark.services
@pytest.mark.parametrize(("source", "held_back", "told"), CASES.values(), ids=CASES)
def test_alerts_are_held_back_or_told(alertmanager, source, held_back, told):
    every = [source, *held_back, *told]
    post(alertmanager, every, datetime.now(UTC) + timedelta(hours=1))

    try:
        wait_for(lambda: len(states(alertmanager)) == len(every))
        seen = states(alertmanager)

        assert sorted(name for name, is_held in seen if is_held) == sorted(one["alertname"] for one in held_back)
    finally:
        post(alertmanager, every, datetime.now(UTC))
        wait_for(lambda: not states(alertmanager))
