"""One fallen hub is one notification, to the hub's owner; an agency's own database is its owner's alone."""

import contextlib
import json
import shutil
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cli.test_check_config import run
from end_to_end.daemon import daemon, fetch, samples
from end_to_end.servers import answers, free_port, process, wait_for

pytestmark = [pytest.mark.services, pytest.mark.timeout(180)]

RULES = Path(__file__).with_name("rules.yml")
CONNECTIONS = 200
AT_DATABASE = 5

MONITOR = """\
egress: {allow: [127.0.0.0/8]}
witnesses: {gateway: false, resolver: false, peers: ["127.0.0.1:%d"]}
defaults: {every: 1s, timeout: 800ms, recheck: 300ms}
"""


@dataclass
class Receiver:
    """Takes webhooks and keeps who was told of what."""

    told: list[tuple[str, str, str, int]] = field(default_factory=list)

    @contextlib.contextmanager
    def serving(self):
        told = self.told

        class Take(BaseHTTPRequestHandler):
            def do_POST(self):
                posted = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                name = posted["commonLabels"]["alertname"]
                told.append((self.path.strip("/"), posted["status"], name, len(posted["alerts"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Take) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield server.server_address[1]
            finally:
                server.shutdown()
                thread.join()


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
        return f"  - {{id: c{number}, provider: {provider}, via: [{via}], owner: owner, {check(port)}}}\n"

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


@contextlib.contextmanager
def alertmanager(root, directory, port):
    directory.mkdir()
    configuration = directory / "alertmanager.yml"
    result = run("alertmanager", root, "--operators", "ministry/desk", "--output", configuration)
    assert result.exit_code == 0, result.stderr
    text = configuration.read_text().replace("group_wait: 30s", "group_wait: 1s")
    configuration.write_text(text.replace("group_interval: 5m", "group_interval: 1s"))
    command = [shutil.which("prometheus-alertmanager"), f"--config.file={configuration}"]
    command += [f"--storage.path={directory / 'data'}", f"--web.listen-address=127.0.0.1:{port}"]
    with process([*command, "--cluster.listen-address="], directory):
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/-/ready"))
        yield


@contextlib.contextmanager
def prometheus(directory, port, target, alertmanager):
    directory.mkdir()
    configuration = directory / "prometheus.yml"
    configuration.write_text(f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: ["{RULES}"]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["127.0.0.1:{alertmanager}"]}}]}}]}}
scrape_configs:
  - job_name: datashare-monitor
    static_configs: [{{targets: ["127.0.0.1:{target}"]}}]
""")
    command = [
        shutil.which("prometheus"),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={directory / 'data'}",
    ]
    with process([*command, f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"], directory):
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/-/ready"))
        yield


@dataclass
class Scene:
    hub: Door
    database: Door
    told: list
    alertmanager: str
    prometheus: str

    def alerts(self, name):
        found = json.loads(fetch(f"{self.alertmanager}/api/v2/alerts")[1])
        return [one for one in found if one["labels"]["alertname"] == name]

    def held_back(self):
        return sum(bool(one["status"]["inhibitedBy"]) for one in self.alerts("ConnectionDown"))

    def settled(self):
        """Wait until what is told was looked at three times more: what is held back could have got out by then."""
        before = self.looks()
        wait_for(lambda: self.looks() >= before + 3, within=20)

    def looks(self):
        lines = fetch(f"{self.alertmanager}/metrics")[1].splitlines()
        return sum(float(line.split()[1]) for line in lines if line.startswith("alertmanager_nflog_queries_total"))

    def up(self):
        return sum(samples(self.prometheus, "count(datashare_connection_status == 2)").values())


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    for program, package in (("prometheus", "prometheus"), ("prometheus-alertmanager", "prometheus-alertmanager")):
        if not shutil.which(program):
            pytest.skip(f"{program} is missing: apt-get install {package}")
    folder = tmp_path_factory.mktemp("live")
    hub, database, peer, receiver = Door(), Door(), Door(), Receiver()
    ports = [free_port() for _ in range(3)]
    for door in (hub, database, peer):
        door.open()
    with contextlib.ExitStack() as stack:
        webhook = f"http://127.0.0.1:{stack.enter_context(receiver.serving())}"
        root = folder / "configuration"
        write(root, webhook, hub.port, database.port)
        (root / "monitor.yaml").write_text(MONITOR % peer.port)
        stack.enter_context(daemon(root, ports[0]))
        stack.enter_context(alertmanager(root, folder / "alertmanager", ports[1]))
        stack.enter_context(prometheus(folder / "prometheus", ports[2], ports[0], ports[1]))
        found = Scene(hub, database, receiver.told, *(f"http://127.0.0.1:{port}" for port in ports[1:]))
        wait_for(lambda: found.up() == CONNECTIONS + AT_DATABASE, within=40)
        yield found


def test_fallen_hub_is_one_notification_and_its_return_another(scene):
    scene.told.clear()

    scene.hub.shut()
    wait_for(lambda: scene.held_back() >= CONNECTIONS, within=40)
    scene.settled()
    assert scene.told == [("ministry/owner", "firing", "HubDown", 1)]

    scene.hub.open()
    wait_for(lambda: scene.up() == CONNECTIONS + AT_DATABASE and len(scene.told) > 1, within=40)
    wait_for(lambda: not scene.alerts("ConnectionDown"), within=20)
    assert scene.told[1:] == [("ministry/owner", "resolved", "HubDown", 1)]


def test_own_database_is_its_owners_alone(scene):
    scene.told.clear()

    scene.database.shut()
    wait_for(lambda: scene.held_back() == AT_DATABASE, within=40)
    scene.settled()

    assert scene.told == [("city/owner", "firing", "SystemDown", 1)]
