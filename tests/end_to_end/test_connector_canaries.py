"""No secret of a connector reaches any output, even when the server it logs in at says it back in its protocol's words.

Beside test_canaries.py, which has the kinds of old; places that are searched and forms that are looked for are its own.
"""

import json
import os
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import fields, is_dataclass
from pathlib import Path
from urllib.parse import quote_plus

import asyncssh
import pytest
from end_to_end import parrots, parrots_of_data, test_canaries
from end_to_end.daemon import daemon, fetch
from end_to_end.servers import wait_for
from end_to_end.test_canaries import Scene, ended, forms, options_with_secrets, ways_through_a_proxy
from ports import free_port

from monitor.cli.plugins import catalogue_of
from monitor.plugin.catalogue import Catalogue
from monitor.plugin.form import form
from monitor.plugin.secret import Secret

MONITOR = """\
egress: {allow: [127.0.0.0/8]}
log: {level: debug, format: json}
defaults: {every: 5s, timeout: 4s, recheck: 300ms}
history: {path: %s}
"""
PLACES = ("refused", "reason", "json", "nonsense", "header", "fault")
"""Where the web server says what it heard; what is a fault of SOAP is one with the words in it."""
NOT_SENT = {"mongodb-password", "rows-mongodb-password", "s3-key", "sftp-key"}
"""They prove something without being sent."""


def web_checks(scene: Scene, port: int) -> dict[str, dict]:
    """Return a check of each kind over HTTP, for each way to be asked and each place of an answer."""

    def file(option: str) -> dict[str, str]:
        return {"file": scene.plant(option, f"{len(scene.secrets):02}-{option}-canary/+")}

    def path(option: str) -> str:
        return file(option)["file"]

    base = f"http://127.0.0.1:{port}"
    grant = {"client_id": "monitor", "client_secret": file("oauth2-secret")}
    header = {"http_headers": {"X-Key": {"secrets": [file("header")]}, "X-Api-Key": {"files": [path("lines")]}}}
    lines = {"X-Api-Key": {"files": [path("login-lines")]}}
    basic = {"basic_auth": {"username": "monitor", "password": file("basic")}}
    from_files = {"basic_auth": {"username_file": path("user-file"), "password_file": path("password-file")}}
    token = {"username": "monitor", "password": file("wsse"), "type": "text"}
    body = '<a xmlns="urn:a">{secret:word}</a>'
    soap = {"body": body, "secrets": {"word": file("soap")}, "allow_cleartext_password": True}
    read_of_soap = {"rows_at": "//a:row", "cells": {"id": "a:id"}, "namespaces": {"a": "urn:a"}}
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
    for name, (scheme, options) in ways_through_a_proxy(scene, port, "grant-proxy").items():
        asked = {**grant, "token_url": f"{scheme}://127.0.0.1:{port}/oauth", **options}
        checks[name] = ("oauth2", {"target": f"{base}/json", "oauth2": asked})
    for place in PLACES:
        url = f"{base}/{place}"
        login = {"url": url, "fields": {"password": file(f"login-{place}")}, "cookie": "sid"}
        login |= {"http_headers": {"X-Key": {"secrets": [file(f"login-header-{place}")]}, **lines}}
        called = {"target": url, "oauth2": {**grant, "token_url": f"{base}/token"}, **header}
        account = {"access_key_id": "monitor", "secret_access_key": file("s3-key"), "session_token": file("s3-token")}
        told = {"error_code": {"json": "error"}}
        judged = {"assertions": [{"json": "error", "equals": "nothing"}]} if place == "json" else {}
        checks |= {
            f"called-{place}": ("oauth2", called | judged),
            f"session-{place}": ("session", {"target": f"{base}/ok", "login": login | told, **header}),
            f"soap-{place}": ("soap", {"target": url, "username_token": token, **soap, **basic}),
            f"soap-headers-{place}": ("soap", {"target": url, **soap, **header, **from_files}),
            f"documents-{place}": ("edxml", {"target": url, **basic, **header}),
            f"documents-file-{place}": ("edxml", {"target": url, **from_files}),
            f"bucket-{place}": ("s3", {"endpoint": base, "bucket": place, "account": account}),
            **{
                f"rows-{number}-{place}": ("freshness", {"source": source, "column": "id"})
                for number, source in enumerate(
                    (
                        {"http": {"url": url, "authorization": {"credentials": file(f"rows-{place}")}}},
                        {"http": {"url": url, "authorization": {"credentials_file": path(f"rows-file-{place}")}}},
                        {"soap": {"target": url, **read_of_soap, "username_token": token, **soap, **basic}},
                        {"soap": {"target": url, **read_of_soap, **soap, **header, **from_files}},
                        {"s3": {"endpoint": base, "bucket": place, "key": "a.csv", "account": account}},
                    )
                )
            },
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
    sources = {
        "redis": {"target": at["redis"], "key": "a", "username": "monitor", "password": file("rows-redis"), **clear},
        "kafka": {"target": at["kafka"], "topic": "a", "sasl": {**plain, "password": file("rows-kafka")}, **clear},
        "sql": {**asked, **open_, "password": file("rows-sql")},
        "mongodb": {**found, **open_, "password": file("rows-mongodb-password")},
        "sftp": {"target": at["sftp"], "login": {**login, "password": file("rows-sftp")}, "file": "/a.csv"},
    }
    checks |= {f"rows-{name}": ("freshness", {"source": {name: one}, "column": "id"}) for name, one in sources.items()}
    keyed_rows = {"sftp": {"target": at["sftp"], "login": keyed, "file": "/a.csv"}}
    checks["rows-sftp-keyed"] = ("freshness", {"source": keyed_rows, "column": "id"})
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
        checks = scene.checks = web_checks(scene, web) | data_checks(scene, at, host_key)
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
    proxy = f"{scene.secrets['grant-proxy-user']}:{scene.secrets['grant-proxy-password-file']}"
    pairs = {
        "password-file": pair, "oauth2-secret": client, "grant-proxy-user": proxy, "grant-proxy-password-file": proxy,
    }  # fmt: skip
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
    assert seen["called-json"]["detail"] == "error == nothing (was a text)"


def test_every_option_that_takes_a_secret_is_planted(scene, tmp_path):
    """A new one fails here until it has a canary: here, or beside the other kinds in test_canaries.py."""
    catalogue = catalogue_of(None)
    other = Scene(tmp_path)
    checks = test_canaries.web_checks(other, 1) | test_canaries.other_checks(
        other, dict.fromkeys(("http", "ldap", "grpc", "websocket"), 1)
    )
    kinds = [(name, kind.probe) for name, kind in catalogue.kinds.items()]
    sources = [(f"source {name}", kind.source) for name, kind in catalogue.sources.items()]

    options = {f"{name}.{option}" for name, filled in kinds + sources for option in options_with_secrets(filled)}
    planted = {option for one in (*scene.checks.values(), *checks.values()) for option in planted_in(one, catalogue)}
    assert options - planted == set()


def planted_in(check: dict, catalogue: Catalogue) -> Iterator[str]:
    """Yield the options of a check that hold a secret, those of its source as the source's."""
    names = {kind.source: f"source {name}" for name, kind in catalogue.sources.items()}
    probe = form(catalogue.kinds[check["probe"]].probe).fill(json.dumps(check["with"]), catalogue.sources)

    def walk(value: object, path: str) -> Iterator[str]:
        if isinstance(value, Secret):
            yield path
        elif is_dataclass(value):
            path = names.get(type(value), path)
            for declared in fields(value):
                yield from walk(getattr(value, declared.name, None), f"{path}.{declared.name}")
        elif isinstance(value, Mapping | tuple):
            for one in value.values() if isinstance(value, Mapping) else value:
                yield from walk(one, path)

    return walk(probe, check["probe"])
