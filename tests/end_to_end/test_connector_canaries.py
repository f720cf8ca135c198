"""No secret of a connector reaches any output, even when the server it logs in at says it back in its protocol's words.

Beside test_canaries.py, which has the kinds of old; places that are searched and forms that are looked for are its own.
"""

import json
import os
from base64 import b64encode
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote_plus

import asyncssh
import pytest
from end_to_end import parrots, parrots_of_data
from end_to_end.daemon import daemon, fetch
from end_to_end.servers import free_port, wait_for
from end_to_end.test_canaries import Scene, ended, forms, options_with_secrets

from monitor.cli.plugins import catalogue_of

MONITOR = """\
egress: {allow: [127.0.0.0/8]}
log: {level: debug, format: json}
defaults: {every: 5s, timeout: 4s, recheck: 300ms}
history: {path: %s}
"""
PLACES = ("refused", "reason", "json", "nonsense", "header", "fault")
"""Where the web server says what it heard; what is a fault of SOAP is one with the words in it."""
NOT_SENT = {"mongodb-password", "s3-key", "sftp-key"}
"""They prove something without being sent."""
KINDS = {
    "edxml", "kafka", "mongodb", "oauth2", "rabbitmq", "redis", "roundtrip", "s3", "session", "sftp", "soap", "sql",
    "usage",
}  # fmt: skip


def web_checks(scene: Scene, port: int) -> dict[str, dict]:
    """Return a check of each kind over HTTP, for each way to be asked and each place of an answer."""

    def file(option: str) -> dict[str, str]:
        return {"file": scene.plant(option, f"{len(scene.secrets):02}-{option}-canary/+")}

    def path(option: str) -> str:
        return file(option)["file"]

    base = f"http://127.0.0.1:{port}"
    grant = {"client_id": "monitor", "client_secret": file("oauth2-secret")}
    header = {"http_headers": {"X-Key": {"secrets": [file("header")]}, "X-Api-Key": {"files": [path("lines")]}}}
    basic = {"basic_auth": {"username": "monitor", "password": file("basic")}}
    from_files = {"basic_auth": {"username_file": path("user-file"), "password_file": path("password-file")}}
    token = {"username": "monitor", "password": file("wsse"), "type": "text"}
    body = '<a xmlns="urn:a">{secret:word}</a>'
    soap = {"body": body, "secrets": {"word": file("soap")}, "allow_cleartext_password": True}
    record = '{"id": "{marker}"}'
    write = {"url": f"{base}/reason", "body": record, "secret_headers": {"Authorization": file("write")}}
    clean = {"url": f"{base}/reason/{{marker}}", "method": "POST", "secret_headers": {"X-Key": file("clean")}}
    search = {"url": base, "index": "calls"}
    checks = {
        "token": ("oauth2", {"target": f"{base}/json", "oauth2": {**grant, "token_url": f"{base}/oauth"}}),
        "token-words": ("oauth2", {"target": f"{base}/json", "oauth2": {**grant, "token_url": f"{base}/reason"}}),
        "token-file": (
            "oauth2",
            {
                "target": f"{base}/json",
                "oauth2": {
                    "client_id": "monitor",
                    "token_url": f"{base}/oauth",
                    "client_secret_file": path("oauth2-file"),
                    "auth_style": "params",
                },
            },
        ),
        "round": (
            "roundtrip",
            {
                "allow_write": True,
                "write": write,
                "clean": clean,
                "source": {"http": {"url": f"{base}/json"}},
                "column": "id",
                "clean_within": "1s",
            },
        ),
    }
    for place in PLACES:
        url = f"{base}/{place}"
        login = {"url": url, "fields": {"password": file(f"login-{place}")}, "cookie": "sid", **header}
        called = {"target": url, "oauth2": {**grant, "token_url": f"{base}/token"}, **header}
        account = {"access_key_id": "monitor", "secret_access_key": file("s3-key"), "session_token": file("s3-token")}
        told = {"error_code": {"json": "error"}}
        judged = {"assertions": [{"json": "error", "equals": "nothing"}]} if place == "json" else {}
        checks |= {
            f"called-{place}": ("oauth2", called | judged),
            f"session-{place}": ("session", {"target": f"{base}/ok", "login": login | told}),
            f"soap-{place}": ("soap", {"target": url, "username_token": token, **soap, **basic}),
            f"soap-headers-{place}": ("soap", {"target": url, **soap, **header, **from_files}),
            f"documents-{place}": ("edxml", {"target": url, **basic, **header}),
            f"documents-file-{place}": ("edxml", {"target": url, **from_files}),
            f"bucket-{place}": ("s3", {"endpoint": base, "bucket": place, "account": account}),
        }
    for name, credentials in {
        "basic": {"username": "monitor", "password": file("usage-password")},
        "token": {"token": file("usage-token")},
    }.items():
        named = {"external_ids": "gateway"}
        by = {"url": f"{base}/json", "query": "sum by (app) (calls)", "connection": ["app"], "credentials": credentials}
        checks[f"search-{name}"] = ("usage", {**named, "elasticsearch": {**search, "credentials": credentials}})
        checks[f"counters-{name}"] = ("usage", {**named, "prometheus": by})
    return {name: {"probe": kind, "with": settings} for name, (kind, settings) in checks.items()}


def data_checks(scene: Scene, at: dict[str, str], host_key: str) -> dict[str, dict]:
    """Return a check of each kind that speaks another protocol."""

    def file(option: str) -> dict[str, str]:
        return {"file": scene.plant(option)}

    clear = {"allow_cleartext_password": True}
    key = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode().strip()
    keyed = {"username": "monitor", "private_key": {"file": scene.plant("sftp-key", key)}, "host_keys": [host_key]}
    login = {"username": "monitor", "password": file("sftp-password"), "host_keys": [host_key]}
    plain = {"mechanism": "PLAIN", "username": "monitor", "password": file("kafka")}
    open_ = {"user": "monitor", "tls": False, "allow_cleartext": True}
    asked = {"target": at["postgresql"], "product": "postgresql", "query": "SELECT 1 AS one", "database": "a"}
    found = {"target": at["redis"], "database": "a", "collection": "b", "filter": "{}"}
    checks = {
        "cache": ("redis", {"target": at["redis"], "username": "monitor", "password": file("redis"), **clear}),
        "rows": ("sql", {**asked, **open_, "password": file("sql")}),
        "topic": ("kafka", {"target": at["kafka"], "topic": "a", "sasl": plain, **clear}),
        "queue": ("rabbitmq", {"target": at["amqp"], "username": "monitor", "password": file("amqp"), **clear}),
        "drop": ("sftp", {"target": at["sftp"], "login": login, "folder": "/"}),
        "drop-keyed": ("sftp", {"target": at["sftp"], "login": keyed, "folder": "/"}),
        "found": ("mongodb", {**found, **open_, "password": file("mongodb-password")}),
    }
    return {name: {"probe": kind, "with": settings} for name, (kind, settings) in checks.items()}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    scene = Scene(tmp_path_factory.mktemp("connectors"))
    directory = scene.top / "config"
    (directory / "agencies").mkdir(parents=True)
    (directory / "monitor.yaml").write_text(MONITOR % (scene.top / "history.db"))
    heard, talks = scene.heard.append, parrots_of_data
    with ExitStack() as stack:
        token = scene.secrets["access token"] = "48-access-token-canary"
        web = stack.enter_context(parrots.web(heard, token))
        ssh, host_key = stack.enter_context(talks.files(heard))
        ports = {"sftp": ssh} | {
            name: stack.enter_context(talks.talking(talk, heard))
            for name, talk in {
                "redis": talks.caches, "postgresql": talks.postgresql, "kafka": talks.brokers, "amqp": talks.queues,
            }.items()
        }  # fmt: skip
        at = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        checks = web_checks(scene, web) | data_checks(scene, at, host_key)
        system = {
            "id": "lgsp",
            "kind": "hub",
            "name": "LGSP",
            "checks": [{"id": id_, **one} for id_, one in checks.items()],
        }
        agency = {"agency": {"id": "ha-noi", "class": "city", "name": "Hà Nội"}, "systems": [system]}
        (directory / "agencies" / "ha-noi.yaml").write_text(json.dumps(agency))
        observe(scene, directory, [*checks])
    return scene


def observe(scene: Scene, directory: Path, checks: list[str]) -> None:
    """Run the monitor, and take down everything it shows."""
    port, seen = free_port(), scene.outputs
    url = f"http://127.0.0.1:{port}"
    with daemon(directory, port):
        wait_for(lambda: fetch(f"{url}/metrics")[1].count("datashare_check_status{") == len(checks), within=60)
        places = ["/metrics", "/", "/api/v1/checks", "/api/v1/inventory", "/api/v1/configuration"]
        places += [f"{form}/ha-noi/lgsp/{name}" for name in checks for form in ("/checks", "/api/v1/checks")]
        seen |= {place: fetch(f"{url}{place}")[1] for place in places}
    for path in (one for one in scene.top.iterdir() if one.is_file()):
        seen[path.name] = path.read_bytes().decode("latin-1")
    for name in ("token", "cache", "rows", "topic", "queue", "drop"):
        command = ["probe", f"ha-noi/lgsp/{name}", "--config", str(directory)]
        seen[" ".join(command)] = ended(command, {**os.environ})
    seen["check-config"] = ended(["check-config", str(directory)], {**os.environ})


def test_no_output_holds_a_secret(scene):
    leaks = {
        (place, option)
        for place, text in scene.outputs.items()
        for option, secret in scene.secrets.items()
        for form in forms(secret)
        if form in text
    }

    assert leaks == set()


def test_the_secrets_were_really_sent(scene):
    heard = "\n".join(scene.heard)
    sent = {option for option, secret in scene.secrets.items() if any(form in heard for form in forms(secret))}
    pair = f"{scene.secrets['user-file']}:{scene.secrets['password-file']}"
    client = f"monitor:{quote_plus(scene.secrets['oauth2-secret'])}"
    pairs = {"password-file": pair, "oauth2-secret": client}
    sent |= {option for option, text in pairs.items() if b64encode(text.encode()).decode() in heard}

    assert scene.secrets.keys() - sent <= NOT_SENT


def test_words_of_the_servers_were_shown_without_them(scene):
    seen = {
        place.rpartition("/")[2]: json.loads(text)
        for place, text in scene.outputs.items()
        if place.startswith("/api/v1/checks/")
    }

    wrong = {name: one["detail"] for name, one in seen.items() if one["status"] == "unknown"}
    assert wrong == {}
    assert "***" in seen["called-json"]["detail"]


def test_every_connector_that_takes_a_secret_is_here():
    kinds = catalogue_of(None).kinds
    old = {"exec", "grpc", "heartbeat", "http", "ldap", "tls", "websocket"}

    assert {name for name, kind in kinds.items() if [*options_with_secrets(kind.probe)]} - old == KINDS
