"""Promise: nobody does what the web-config file does not let him do, and whoever may, may."""

import asyncio
import base64
import ssl
import threading
from dataclasses import replace

import aiohttp
import bcrypt
import pytest
from aiohttp import encode_basic_auth
from authority import Authority
from web.pretend import check, dialled, inventory, scene, visiting

from monitor.config.webconfig import RateLimit, read_web_config
from monitor.plugin import Secret
from monitor.web import Access, Limits

HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()


def login(user, password):
    return {"Authorization": encode_basic_auth(user, password)}


ALICE = login("alice", "secret")
USERS = f"basic_auth_users: {{alice: {HASH}, bob: {HASH}, nobody: {HASH}}}\n"
TLS = "tls_server_config: {cert_file: server.pem, key_file: server.key"
CLIENTS = TLS + ", client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.pem}\n"
ROLES = "roles: {users: {alice: [metrics], bob: [health, read, probe, reload], nobody: []}}\n"
GETS = [
    "/", "/checks/ha-noi/lgsp/cert", "/docs", "/static/style.css", "/metrics", "/sd", "/probe?target=a", "/-/healthy",
    "/-/ready", "/api/v1/checks", "/api/v1/inventory", "/api/v1/configuration", "/api/v1/openapi.json", "/nothing",
]  # fmt: skip
OUR_PATHS = {"/": 200, "/metrics": 200, "/-/reload": 405, "/nothing": 404}


@pytest.fixture
def authority(tmp_path):
    authority = Authority(tmp_path)
    authority.pair("server", "localhost", "127.0.0.1")
    return authority


@pytest.fixture
def access(tmp_path, authority):
    def access(text, stage=None):
        path = tmp_path / "web.yaml"
        path.write_text(text)
        found = read_web_config(path)
        assert found.config is not None, found.problems
        return Access(found.config, vitals=(stage or scene()).vitals)

    return access


@pytest.mark.parametrize("path", GETS)
async def test_stranger_sees_nothing_and_learns_nothing(access, path):
    async with visiting(access=access(USERS)) as client:
        answer = await client.get(path, headers={"Accept": "text/html"})

    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert "1.2.3" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_stranger_changes_nothing(access):
    stage = scene()
    async with visiting(stage, access=access(USERS, stage)) as client:
        answer = await client.post("/-/reload")

    assert (answer.status, stage.reloads) == (401, 0)
    assert stage.vitals.web_refused == {"login": 1}


@pytest.mark.parametrize("path", [path for path in GETS if path not in {"/nothing", "/probe?target=a"}])
async def test_user_sees_everything(access, path):
    async with visiting(access=access(USERS)) as client:
        assert (await client.get(path, headers=ALICE)).status == 200


async def test_user_may_reload(access):
    stage = scene()
    async with visiting(stage, access=access(USERS)) as client:
        answer = await client.post("/-/reload", headers=ALICE)

    assert (answer.status, stage.reloads) == (200, 1)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Basic"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic " + base64.b64encode(b"alice").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"alice:wrong").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"Alice:secret").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe:secret").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"alice:" + b"x" * 4000).decode()},
        {"Authorization": "Bearer " + base64.b64encode(b"alice:secret").decode()},
        {"Authorization": "Digest username=alice"},
        {"X-Authorization": "Basic " + base64.b64encode(b"alice:secret").decode()},
        [("Authorization", encode_basic_auth("alice", "no")), ("Authorization", encode_basic_auth("alice", "secret"))],
        [
            ("Authorization", encode_basic_auth("alice", "secret")),
            ("Authorization", encode_basic_auth("alice", "secret")),
        ],
    ],
)
async def test_what_is_no_password_is_refused(access, headers):
    async with visiting(access=access(USERS)) as client:
        assert (await client.get("/metrics", headers=headers)).status == 401


async def test_guesses_end_in_a_wait(access):
    stage = scene()
    async with visiting(stage, access=access(USERS, stage)) as client:
        statuses = [(await client.get("/", headers=login("alice", str(n)))).status for n in range(12)]
        last = await client.get("/", headers=login("bob", "another"))

    assert statuses == [401] * 10 + [429] * 2
    assert (last.status, 1 <= int(last.headers["Retry-After"]) <= 6) == (429, True)
    assert stage.vitals.web_refused == {"login": 10, "busy": 3}


async def test_user_who_is_taken_out_while_the_password_is_judged_is_out(access, monkeypatch):
    begun, go_on = asyncio.Event(), threading.Event()
    loop, check = asyncio.get_running_loop(), bcrypt.checkpw

    def slow(password, hashed):
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(5)
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", slow)
    gate = access(USERS)
    async with visiting(access=gate) as client:
        asking = asyncio.create_task(client.get("/", headers=ALICE))
        await begun.wait()
        gate.config = replace(gate.config, users={"bob": gate.config.users["bob"]})
        go_on.set()
        answer = await asking

    assert answer.status == 401


async def test_body_of_a_stranger_is_not_read(access):
    async with visiting(access=access(USERS)) as client, dialled(client.port) as (reader, writer):
        writer.write(b"POST /-/reload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\nx")
        answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert b"Connection: close" in answer


@pytest.mark.parametrize(
    ("path", "user", "status"),
    [
        ("/metrics", "alice", 200), ("/sd", "alice", 200), ("/", "alice", 403), ("/-/healthy", "alice", 403),
        ("/api/v1/checks", "alice", 403), ("/probe?target=a", "alice", 403), ("/nothing", "alice", 404),
        ("/metrics", "bob", 403), ("/", "bob", 200), ("/-/ready", "bob", 200), ("/api/v1/inventory", "bob", 200),
        ("/metrics", "nobody", 403), ("/nothing", "nobody", 403), ("/static/style.css", "nobody", 403),
    ],
)  # fmt: skip
async def test_role_decides(access, path, user, status):
    async with visiting(access=access(USERS + ROLES)) as client:
        answer = await client.get(path, headers=login(user, "secret"))

    assert answer.status == status


async def test_refusal_names_the_role_that_is_missing(access):
    stage = scene()
    async with visiting(stage, access=access(USERS + ROLES)) as client:
        answer = await client.post("/-/reload", headers=ALICE)

    assert (answer.status, stage.reloads) == (403, 0)
    assert "the role reload" in answer.json["detail"]


async def test_head_needs_the_role_of_get(access):
    async with visiting(access=access(USERS + ROLES)) as client:
        assert (await client.request("HEAD", "/metrics", headers=ALICE)).status == 200
        assert (await client.request("HEAD", "/", headers=ALICE)).status == 403


async def test_what_everybody_may_needs_no_password_but_a_wrong_one_is_wrong(access):
    roles = "roles: {users: {alice: [reload], bob: [], nobody: []}, anonymous: [health, metrics]}\n"
    async with visiting(access=access(USERS + roles)) as client:
        assert (await client.get("/metrics")).status == 200
        assert (await client.get("/metrics", headers=ALICE)).status == 200
        assert (await client.get("/metrics", headers=login("alice", "wrong"))).status == 401
        assert (await client.get("/")).status == 401
        assert (await client.get("/", headers=ALICE)).status == 403


TOKEN = Secret(file="token")


class Listening:
    """A probe that takes heartbeats."""

    def heartbeat_token(self):
        return TOKEN

    def heartbeat_fault(self, heartbeat):
        return ""

    async def observe(self, vantage):
        raise NotImplementedError


async def beat(access, text, **more):
    stage = scene()
    stage.inventory = inventory(check("ha-noi/lgsp/beat", probe=Listening(), kind="heartbeat"))
    stage.secrets[TOKEN] = "the-token"
    stage.heartbeats.keep(stage.inventory.checks)
    async with visiting(stage, access=access(text)) as client:
        return (await client.post("/api/v1/heartbeats/ha-noi/lgsp/beat", **more)).status


BEARER = {"headers": {"Authorization": "Bearer the-token"}}


@pytest.mark.parametrize("text", ["{}\n", USERS, USERS + ROLES])
async def test_token_of_a_check_is_enough_for_its_heartbeat(access, text):
    assert await beat(access, text, **BEARER) == 202
    assert await beat(access, text, headers={"Authorization": "Bearer wrong"}) == 401
    assert await beat(access, text) == 401


async def test_user_reports_without_a_token_only_with_the_role_for_it(access):
    roles = "roles: {users: {alice: [heartbeat], bob: [metrics, read, reload], nobody: []}}\n"

    assert await beat(access, USERS, headers=ALICE) == 401
    assert await beat(access, USERS + roles, headers=ALICE) == 202
    assert await beat(access, USERS + roles, headers=login("bob", "secret")) == 401
    assert await beat(access, USERS + roles, headers=login("alice", "wrong")) == 401


async def test_token_of_a_check_opens_nothing_else(access):
    async with visiting(access=access(USERS)) as client:
        assert (await client.get("/metrics", **BEARER)).status == 401


async def test_headers_of_the_file_are_on_every_answer(access):
    text = "http_server_config: {headers: {X-Frame-Options: sameorigin, Strict-Transport-Security: max-age=60}}\n"
    async with visiting(access=access(text)) as client:
        for path, status in OUR_PATHS.items():
            answer = await client.get(path)

            assert answer.status == status
            assert answer.headers.getall("X-Frame-Options") == ["sameorigin"]
            assert answer.headers["Strict-Transport-Security"] == "max-age=60"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
        async with dialled(client.port) as (reader, writer):
            writer.write(b"this is not HTTP\r\n\r\n")
            unparsable = await asyncio.wait_for(reader.read(), 5)

    assert unparsable.count(b"Strict-Transport-Security: max-age=60\r\n") == 1
    assert unparsable.count(b"X-Frame-Options: sameorigin\r\n") == 1


async def test_requests_beyond_the_rate_are_refused(access):
    stage = scene()
    gate = access("rate_limit: {interval: 1h, burst: 2}\n", stage)
    assert gate.config.rate == RateLimit(interval_seconds=3600, burst=2)
    async with visiting(stage, access=gate) as client:
        statuses = [(await client.get("/-/healthy")).status for _ in range(3)]

    assert statuses == [200, 200, 429]
    assert stage.vitals.web_refused == {"rate": 1}


async def test_tls_is_spoken_and_its_slices_are_discovered_with_their_scheme(access, authority):
    async with visiting(access=access(TLS + "}\n")) as client:
        answer = await client.get("/sd", ssl=authority.trust())

    assert answer.json[0]["labels"]["__scheme__"] == "https"


@pytest.mark.parametrize(
    ("settings", "version", "works"),
    [
        ("", ssl.TLSVersion.TLSv1_3, True), ("", ssl.TLSVersion.TLSv1_2, True), ("", ssl.TLSVersion.TLSv1_1, False),
        (", min_version: TLS13", ssl.TLSVersion.TLSv1_2, False), (", max_version: TLS12", ssl.TLSVersion.TLSv1_2, True),
        (", max_version: TLS12", ssl.TLSVersion.TLSv1_3, False), (", min_version: TLS11", ssl.TLSVersion.TLSv1_1, True),
        (", cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]", ssl.TLSVersion.TLSv1_2, False),
        (", cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA]", ssl.TLSVersion.TLSv1_2, True),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_versions_and_suites_are_those_of_the_file(access, authority, settings, version, works):
    trust = authority.trust()
    trust.set_ciphers("ALL:@SECLEVEL=0")
    trust.minimum_version = trust.maximum_version = version
    async with visiting(access=access(f"{TLS}{settings}}}\n")) as client:
        try:
            status = (await client.get("/-/healthy", ssl=trust)).status
        except aiohttp.ClientError:
            status = 0

    assert (status == 200) is works


async def knocked(client, trust, path="/metrics"):
    """Return the status, 0 when the connection is refused."""
    try:
        return (await client.get(path, ssl=trust)).status
    except (aiohttp.ClientError, OSError):
        return 0


async def test_certificate_is_demanded_and_verified(access, authority, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    stranger = Authority(tmp_path / "elsewhere", "stranger").pair("client", "prometheus.example")
    text = CLIENTS.replace("VerifyClientCertIfGiven", "RequireAndVerifyClientCert")
    async with visiting(access=access(text)) as client:
        assert await knocked(client, authority.trust()) == 0
        assert await knocked(client, authority.trust(stranger)) == 0
        assert await knocked(client, authority.trust(authority.pair("client"))) == 200


@pytest.mark.parametrize(
    ("sans", "status"),
    [
        (["prometheus.example"], 200), (["other.example", "2001:db8::1"], 200), (["ops@hanoi.example"], 200),
        (["spiffe://hanoi.example/prometheus"], 200), (["other.example"], 0), (["PROMETHEUS.example"], 0), ([], 0),
        (["prometheus.example.evil.example"], 0),
    ],
)  # fmt: skip
async def test_only_allowed_names_are_let_in(access, authority, sans, status):
    allowed = "[prometheus.example, '2001:db8:0::1', ops@hanoi.example, 'spiffe://hanoi.example/prometheus']"
    text = TLS + ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem"
    async with visiting(access=access(f"{text}, client_allowed_sans: {allowed}}}\n")) as client:
        assert await knocked(client, authority.trust(authority.pair("client", *sans))) == status


async def test_name_in_a_certificate_gives_its_role_without_a_password(access, authority):
    roles = "roles: {client_sans: {prometheus.example: [metrics]}, users: {alice: [read], bob: [], nobody: []}}\n"
    named = authority.trust(authority.pair("named", "prometheus.example"))
    other = authority.trust(authority.pair("other", "other.example"))
    async with visiting(access=access(CLIENTS + USERS + roles)) as client:
        assert await knocked(client, named) == 200
        assert await knocked(client, named, "/") == 401
        assert await knocked(client, other) == 401
        assert (await client.get("/", ssl=other, headers=ALICE)).status == 200


async def test_without_roles_a_certificate_does_not_replace_the_password(access, authority):
    named = authority.trust(authority.pair("named", "prometheus.example"))
    async with visiting(access=access(CLIENTS + USERS)) as client:
        assert await knocked(client, named) == 401
        assert (await client.get("/metrics", ssl=named, headers=ALICE)).status == 200


async def test_plain_http_to_tls_gets_no_page(access):
    gate = access(TLS + "}\n")
    async with visiting(access=gate, limits=Limits(head_seconds=2)) as client, dialled(client.port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            answer = await asyncio.wait_for(reader.read(), 5)
        except ConnectionError:
            answer = b""

    assert b"HTTP/1.1 200" not in answer
