"""One fallen hub is one notification, to the hub's owner, in time; an agency's own database is its owner's alone.

A daemon, Prometheus with the rules of ``deploy/prometheus`` and Alertmanager with the routes of the inventory, all
real. Durations are divided by ``ALERTING_PACE``, 20 unless it is set; ``ALERTING_PACE=1`` shows what is deployed, in
half an hour (``pytest --capture=no tests/alertmanager/test_live.py``).
"""

import contextlib
import json
import os
import socket
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from alertmanager.pace import Pace
from alertmanager.receiver import Receiver, Told
from alertmanager.running import alertmanager, prometheus
from deploy.rules import alerts
from end_to_end.daemon import daemon, fetch, samples
from end_to_end.servers import wait_for
from ports import free_port

PACE = Pace(int(os.environ.get("ALERTING_PACE", "20")))
LIMIT = timedelta(minutes=2)
"""From the end of a rule's ``for`` to the notification."""
CONNECTIONS = 200
WITH_OBJECTIVE = 20
AT_DATABASE = 5
GROUP_INTERVAL = timedelta(minutes=5)

pytestmark = [pytest.mark.services, pytest.mark.timeout(120 + 3600 / PACE.factor)]

MONITOR = """\
egress: {allow: [127.0.0.0/8]}
witnesses: {gateway: false, resolver: false, peers: ["127.0.0.1:%d"]}
defaults: {every: %s, timeout: 800ms, recheck: %s}
"""


@dataclass
class Door:
    """A port that can be shut and opened again."""

    port: int = field(default_factory=free_port)
    listening: socket.socket | None = None

    def open(self):
        self.listening = socket.create_server(("127.0.0.1", self.port), backlog=1024)
        self.listening.settimeout(None)
        threading.Thread(target=self._take, args=(self.listening,), daemon=True).start()

    def shut(self):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()

    def _take(self, listening):
        with contextlib.suppress(OSError):
            while True:
                listening.accept()[0].close()


def agency(name, kind, webhook, *sections):
    contacts = "".join(f"  {one}: {{webhook: {webhook}/{name}/{one}}}\n" for one in ("desk", "owner"))
    return f"agency: {{id: {name}, class: {kind}, name: {name}}}\ncontacts:\n{contacts}" + "".join(sections)


def write(root, webhook, hub, database):
    def check(port):
        return f"checks: [{{id: port, probe: tcp, with: {{target: 127.0.0.1:{port}}}}}]"

    def connection(number, provider, via, port):
        objective = "objective: {availability: 99.0}, " if number < WITH_OBJECTIVE else ""
        states = "states: [{state: live, on: 2026-05-04}]"
        ends = f"provider: {provider}, via: [{via}], owner: owner"
        return f"  - {{id: c{number}, {ends}, {states}, {objective}{check(port)}}}\n"

    behind = [connection(number, "ministry/register", "ministry/hub", hub) for number in range(CONNECTIONS)]
    at_database = [
        connection(number, "city/database", "ministry/hub", database)
        for number in range(CONNECTIONS, CONNECTIONS + AT_DATABASE)
    ]
    systems = f"systems:\n  - {{id: hub, kind: hub, name: Hub, owner: owner, {check(hub)}}}\n"
    register = "  - {id: register, kind: national_database, name: Register, owner: desk}\n"
    own = (
        f"systems:\n  - {{id: database, kind: specialised_database, name: Database, owner: owner, {check(database)}}}\n"
    )
    files = {
        "ministry": agency("ministry", "ministry", webhook, systems, register),
        "city": agency("city", "city", webhook, own),
        "province": agency("province", "province", webhook, "connections:\n", *behind, *at_database),
    }
    (root / "agencies").mkdir(parents=True)
    for name, text in files.items():
        (root / "agencies" / f"{name}.yaml").write_text(text)


@dataclass
class Scene:
    hub: Door
    database: Door
    told: list[Told]
    alertmanager: str
    prometheus: str

    @property
    def what(self):
        return [one.what for one in self.told]

    def alerts(self, name):
        found = json.loads(fetch(f"{self.alertmanager}/api/v2/alerts")[1])
        return [one for one in found if one["labels"]["alertname"] == name]

    def held_back(self):
        return sum(bool(one["status"]["inhibitedBy"]) for one in self.alerts("ConnectionDown"))

    def settled(self):
        """Wait until every group was looked at again: what is held back could have got out by then."""
        before = self.looks()
        wait_for(lambda: self.looks() >= before + 2, within=10 + 3 * PACE.within(GROUP_INTERVAL))

    def looks(self):
        lines = fetch(f"{self.alertmanager}/metrics")[1].splitlines()
        return sum(float(line.split()[1]) for line in lines if line.startswith("alertmanager_nflog_queries_total"))

    def up(self):
        return sum(samples(self.prometheus, "count(datashare_connection_status == 2)").values())

    def pending_since(self, name):
        """Return when Prometheus first saw what an alert is about, in Unix time."""
        found = json.loads(fetch(f"{self.prometheus}/api/v1/alerts")[1])["data"]["alerts"]
        (only,) = [one for one in found if one["labels"]["alertname"] == name]
        return datetime.fromisoformat(only["activeAt"]).timestamp()

    def late(self, name):
        """Return how long after the end of its ``for`` an alert was told first, on the clock of what is deployed."""
        (rule, *_) = [one for one in alerts() if one["alert"] == name]
        waits = float(PACE.quicker(rule["for"]).removesuffix("ms")) / 1000
        delay = (self.told[0].at - self.pending_since(name) - waits) * PACE.factor
        print(
            f"\n{name}: told {delay:.0f} s after its for ({rule['for']}), limit {LIMIT.seconds} s; pace {PACE.factor}"
        )
        return timedelta(seconds=delay)


@pytest.fixture(scope="module")
def scene(need, tmp_path_factory):
    binaries = need("prometheus", "prometheus"), need("prometheus-alertmanager", "prometheus-alertmanager")
    folder = tmp_path_factory.mktemp("live")
    hub, database, peer, receiver = Door(), Door(), Door(), Receiver()
    ports = [free_port() for _ in range(3)]
    for door in (hub, database, peer):
        door.open()
    with contextlib.ExitStack() as stack:
        webhook = stack.enter_context(receiver.serving())
        root = folder / "configuration"
        write(root, webhook, hub.port, database.port)
        (root / "monitor.yaml").write_text(MONITOR % (peer.port, PACE.quicker("30s"), PACE.quicker("10s")))
        stack.enter_context(daemon(root, ports[0]))
        am = alertmanager(binaries[1], root, folder / "alertmanager", ports[1], PACE, "ministry/desk")
        routes = stack.enter_context(am)
        rules = stack.enter_context(prometheus(binaries[0], folder / "prometheus", ports[2], ports[0], routes, PACE))
        found = Scene(hub, database, receiver.told, routes, rules)
        wait_for(lambda: found.up() == CONNECTIONS + AT_DATABASE, within=60 + PACE.within(timedelta(minutes=2)))
        yield found


def test_fallen_hub_is_one_notification_in_time_and_its_return_another(scene):
    scene.told.clear()

    scene.hub.shut()
    wait_for(lambda: scene.held_back() >= CONNECTIONS, within=40 + PACE.within(timedelta(minutes=12)))
    scene.settled()
    assert scene.what == [("ministry/owner", "firing", "HubDown", 1)]
    assert scene.late("HubDown") <= LIMIT
    assert f"({CONNECTIONS + AT_DATABASE} " in scene.told[0].annotations["description"]
    assert scene.told[0].annotations["runbook_url"] == "https://runbooks.example/HubDown.md"

    scene.hub.open()
    wait_for(
        lambda: scene.up() == CONNECTIONS + AT_DATABASE and len(scene.told) > 1,
        within=40 + PACE.within(timedelta(minutes=15)),
    )
    wait_for(lambda: not scene.alerts("ConnectionDown"), within=40 + PACE.within(timedelta(minutes=15)))
    assert scene.what[1:] == [("ministry/owner", "resolved", "HubDown", 1)]


def test_own_database_is_its_owners_alone(scene):
    scene.told.clear()

    scene.database.shut()
    wait_for(lambda: scene.held_back() == AT_DATABASE, within=40 + PACE.within(timedelta(minutes=12)))
    scene.settled()

    assert scene.what == [("city/owner", "firing", "SystemDown", 1)]
    assert scene.late("SystemDown") <= LIMIT
