"""Whatever a connector meets, ``explain`` of a running daemon names who has to act, within two intervals.

Eight faults that only a connector sees, beside the twelve of test_paths.py; the three of the monitor's own are there.
"""

import json
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from end_to_end.daemon import daemon, fetch
from end_to_end.servers import certificate, ok, postgres, wait_for
from ports import free_port

EVERY_SECONDS = 1
BUSY_SECONDS = 8

AGENCY = """\
agency: {{id: ha-noi, class: city, name: Hà Nội}}
contacts: {{truc-ban: {{name: Trực ban}}, dau-moi: {{name: Đầu mối}}}}
systems:
  - id: one-stop
    kind: administrative_procedure
    name: Một cửa
    owner: dau-moi
    checks: [{{id: page, probe: http, with: {{target: "{base}/well"}}}}]
  - id: lgsp
    kind: hub
    name: LGSP
    owner: truc-ban
    checks: [{{id: door, probe: http, with: {{target: "{base}/well"}}}}]
connections:
"""
CONNECTION = """\
  - id: {id}
    consumer: one-stop
    provider: bo-cong-an/{provider}
    via: [lgsp]
    owner: dau-moi
    states: [{{state: live, on: 2026-05-04}}]
    checks: [{{id: look, probe: {probe}, with: {options}}}]
"""
MINISTRY = """\
agency: {{id: bo-cong-an, class: ministry, name: Bộ Công an}}
contacts: {{van-hanh: {{name: Vận hành}}, quan-tri: {{name: Quản trị dữ liệu}}}}
systems:
  - id: population-db
    kind: national_database
    name: CSDL dân cư
    owner: van-hanh
    checks: [{{id: port, probe: http, with: {{target: "{base}/well"}}}}]
{database}"""
DATABASE = """\
  - id: licence-db
    kind: sectoral_database
    name: CSDL giấy phép lái xe
    owner: quan-tri
    checks:
      - id: newest
        probe: sql
        with:
          target: 127.0.0.1:{port}
          product: postgresql
          database: postgres
          user: postgres
          password: {{file: {secret}}}
          tls: false
          allow_cleartext: true
          query: SELECT count(*) AS held FROM licences
"""
MONITOR = """\
egress: {allow: [127.0.0.0/8]}
nameservers: {servers: ["127.0.0.1:9"]}
defaults: {every: 1s, timeout: 500ms, recheck: 300ms}
"""
OPENAPI = {"openapi": "3.0.3", "paths": {"/people/{id}": {"get": {"responses": {"200": {"description": "one"}}}}}}
DRIFTED = {"openapi": "3.0.3", "paths": {"/persons/{id}": OPENAPI["paths"]["/people/{id}"]}}


@dataclass
class Peers:
    """What the other side says, turned by the test: ``broken`` holds the names of the faults that are played."""

    broken: set[str] = field(default_factory=set)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Answer as the protocol behind the path has it."""
        path = urlsplit(request.path).path
        speaks = {"/newest": self.newest, "/openapi.json": self.openapi, "/token": self.token, "/api": self.api}
        if path.startswith("/r1/"):
            self.call(request)
        else:
            speaks.get(path, self.documents if path == "/list" else ok)(request)

    def newest(self, request: BaseHTTPRequestHandler) -> None:
        age = timedelta(days=3) if "feed" in self.broken else timedelta(minutes=1)
        say(request, {"newest_record": (datetime.now(UTC) - age).isoformat()})

    def openapi(self, request: BaseHTTPRequestHandler) -> None:
        say(request, DRIFTED if "contract" in self.broken else OPENAPI)

    def token(self, request: BaseHTTPRequestHandler) -> None:
        """Grant a token for the right client (RFC 6749, 4.4), or none to one whose right was taken."""
        sent = request.rfile.read(int(request.headers["Content-Length"])).decode()
        if "grant_type=client_credentials" not in sent or "token" in self.broken:
            say(request, {"error": "invalid_client"}, 401)
        else:
            say(request, {"access_token": "granted", "token_type": "Bearer", "expires_in": 3600})

    def api(self, request: BaseHTTPRequestHandler) -> None:
        is_good = request.headers["Authorization"] == "Bearer granted" and "token" not in self.broken
        say(request, {"error_code": 0} if is_good else {}, 200 if is_good else 401)

    def documents(self, request: BaseHTTPRequestHandler) -> None:
        waits = timedelta(days=2) if "backlog" in self.broken else timedelta(minutes=1)
        made = (datetime.now(UTC) - waits).isoformat()
        say(request, {"status": "OK", "data": [{"created_time": made, "status": "initial"}]})

    def call(self, request: BaseHTTPRequestHandler) -> None:
        """Answer as a security server does (PR-REST, 4.6)."""
        assert request.headers["X-Road-Client"] == "VN/GOV/HNI/PORTAL"
        for side in ("Client", "Server"):
            if f"{side.lower()}-side" in self.broken:
                code = f"Server.{side}Proxy.NetworkError"
                say(request, {"type": code, "message": "", "detail": ""}, 500, {"X-Road-Error": code})
                return
        say(request, {"waiting": 3}, 200, {"X-Road-Id": request.headers["X-Road-Id"], "X-Road-Request-Id": "1"})


def say(request, body, status=200, headers=None):
    content = json.dumps(body).encode()
    request.send_response(status)
    for name, value in ({"Content-Type": "application/json", "Content-Length": len(content)} | (headers or {})).items():
        request.send_header(name, str(value))
    request.end_headers()
    request.wfile.write(content)


@contextmanager
def serving(peers: Peers, tls: ssl.SSLContext | None = None):
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            peers.answer(self)

        do_POST = do_GET  # noqa: N815 - its name in http.server

        def log_message(self, *_):
            pass

    class Server(ThreadingHTTPServer):
        def get_request(self):
            opened, address = super().get_request()
            return (opened if tls is None else tls.wrap_socket(opened, server_side=True)), address

        def handle_error(self, *_):
            """A peer that does not like our certificate hangs up: that is what is played."""

    with Server(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


class Certificates:
    """The certificate of a door, which can end and be renewed while the door stays open."""

    def __init__(self, folder: Path) -> None:
        self.files = {}
        for name, days in (("good", 90), ("ended", -1 / 24)):
            (folder / name).mkdir()
            self.files[name] = certificate(folder / name, days=days)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.show("good")
        self.trusted = folder / "trusted.pem"
        self.trusted.write_bytes(b"".join(pem.read_bytes() for pem, _ in self.files.values()))

    def show(self, name: str) -> None:
        self.context.load_cert_chain(*self.files[name])


class Table:
    """The provider's table, and somebody who holds it so that nobody can read."""

    def __init__(self, folder: Path, port: int) -> None:
        self.command = ["psql", "-qAt", "-h", str(folder), "-p", str(port), "-U", "postgres", "-d", "postgres"]
        self.holder = None

    def say(self, statement: str) -> None:
        subprocess.run([*self.command, "-c", statement], check=True, stdout=subprocess.DEVNULL)

    def hold(self) -> None:
        self.holder = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.holder.stdin.write("BEGIN; LOCK TABLE licences IN ACCESS EXCLUSIVE MODE; SELECT 1;\n")
        self.holder.stdin.flush()
        assert self.holder.stdout.readline() == "1\n"

    def let_go(self) -> None:
        if self.holder is not None:
            self.holder.communicate("ROLLBACK;\n", timeout=10)
            self.holder = None


@dataclass(kw_only=True)
class Landscape:
    url: str
    peers: Peers
    certificates: Certificates
    table: Table | None

    def break_(self, fault: str) -> None:
        if fault == "certificate":
            self.certificates.show("ended")
        elif fault == "database":
            self.table.hold()
        else:
            self.peers.broken.add(fault)

    def mend(self) -> None:
        self.peers.broken.clear()
        self.certificates.show("good")
        if self.table is not None:
            self.table.let_go()

    def told(self, connection):
        """Return what the API says: the status, and domain, hop and owner of the fault."""
        found = json.loads(fetch(f"{self.url}/api/v1/connections/ha-noi/{connection}")[1])
        fault = found["fault"] or {}
        return found["status"], fault.get("domain"), fault.get("at"), fault.get("owner")

    def wait_until(self, connection, *expected):
        """Wait for a state: a fault needs two intervals to be found, and what a busy machine adds."""
        wait_for(lambda: self.told(connection) == expected, within=2 * EVERY_SECONDS + BUSY_SECONDS)

    def explained(self, connection):
        command = [sys.executable, "-m", "monitor", "explain", f"ha-noi/{connection}", "--url", self.url, "--json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, json.loads(done.stdout)["fault"]


WELL = ("up", None, None, None)
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


def configuration(folder: Path, port: int, secure: int, trusted: Path, database: int | None) -> Path:
    base, secret = f"http://127.0.0.1:{port}", folder / "secret"
    secret.write_text("canary-secret")
    (folder / "approved.json").write_text(json.dumps(OPENAPI))
    xroad = {"target": base, "client": "VN/GOV/HNI/PORTAL", "service": "VN/GOV/BCA/DANCU/Count"}
    login = {"client_id": "ha-noi", "client_secret": {"file": str(secret)}, "token_url": f"{base}/token"}
    looks = {
        "feed": ("freshness", {"url": f"{base}/newest", "max_age": "1d"}),
        "door": ("http", {"target": f"https://localhost:{secure}/", "tls_config": {"ca_file": str(trusted)}}),
        "agreed": (
            "contract",
            {"url": f"{base}/openapi.json", "format": "openapi", "approved": str(folder / "approved.json")},
        ),
        "road": ("xroad", xroad),
        "api": ("oauth2", {"target": f"{base}/api", "oauth2": login}),
        "documents": (
            "edxml",
            {"target": f"{base}/list", "fields": {"state": "status", "acknowledged": ["done"]}, "max_lag": "1d"},
        ),
        **({"licences": ("http", {"target": f"{base}/well"})} if database else {}),
    }
    config = folder / "config"
    (config / "agencies").mkdir(parents=True)
    (config / "monitor.yaml").write_text(MONITOR)
    written = [
        CONNECTION.format(
            id=name,
            provider="licence-db" if name == "licences" else "population-db",
            probe=probe,
            options=json.dumps(options),
        )
        for name, (probe, options) in looks.items()
    ]
    (config / "agencies" / "ha-noi.yaml").write_text(AGENCY.format(base=base) + "".join(written))
    known = DATABASE.format(port=database, secret=secret) if database else ""
    (config / "agencies" / "bo-cong-an.yaml").write_text(MINISTRY.format(base=base, database=known))
    return config


@pytest.fixture(scope="module")
def land(tmp_path_factory):
    folder = tmp_path_factory.mktemp("connectors")
    peers, certificates, port = Peers(), Certificates(folder), free_port()
    with ExitStack() as stack:
        table, database = None, None
        if BINARIES and shutil.which("psql"):
            database, place = free_port(), Path(stack.enter_context(in_reach()))
            stack.enter_context(postgres(BINARIES[-1], place, database))
            table = Table(place, database)
            table.say("CREATE TABLE licences (id integer)")
        plain = stack.enter_context(serving(peers))
        secure = stack.enter_context(serving(peers, certificates.context))
        config = configuration(folder, plain, secure, certificates.trusted, database)
        stack.enter_context(daemon(config, port))
        yield Landscape(url=f"http://127.0.0.1:{port}", peers=peers, certificates=certificates, table=table)
        if table is not None:
            table.let_go()


@contextmanager
def in_reach():
    """Yield a folder that the user of a database can reach, which pytest's are not."""
    with tempfile.TemporaryDirectory(prefix="connectors-") as name:
        Path(name).chmod(0o755)
        yield name


CONSUMER = ("consumer", "ha-noi/one-stop", "ha-noi/dau-moi")
HUB = ("hub", "ha-noi/lgsp", "ha-noi/truc-ban")
PROVIDER = ("provider", "bo-cong-an/population-db", "bo-cong-an/van-hanh")
DATABASE_OWNER = ("provider", "bo-cong-an/licence-db", "bo-cong-an/quan-tri")


@pytest.mark.parametrize(
    ("fault", "connection", "status", "expected", "reason"),
    [
        ("feed", "feed", "down", PROVIDER, {"stale"}),
        ("certificate", "door", "down", HUB, {"certificate_expired"}),
        ("contract", "agreed", "degraded", PROVIDER, {"mismatch"}),
        ("client-side", "road", "down", CONSUMER, {"service_fault"}),
        ("server-side", "road", "down", PROVIDER, {"service_fault"}),
        ("token", "api", "down", CONSUMER, {"unauthorized"}),
        ("backlog", "documents", "down", CONSUMER, {"backlog"}),
        ("database", "licences", "down", DATABASE_OWNER, {"slow", "timeout"}),
    ],
)
def test_connector_names_who_has_to_act(land, need, fault, connection, status, expected, reason):
    if fault == "database" and land.table is None:
        need("postgresql-is-not-installed", "postgresql")
    land.wait_until(connection, *WELL)

    land.break_(fault)
    try:
        land.wait_until(connection, status, *expected)
        code, told = land.explained(connection)
    finally:
        land.mend()

    assert (told["domain"], told["at"], told["owner"]) == expected
    assert told["reason"] in reason
    assert code == (1 if status == "down" else 0)
    land.wait_until(connection, *WELL)
