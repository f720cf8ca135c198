"""Nothing that a source tells of persons, paths, headers or queries is shown, logged or kept by any collector."""

import json
import subprocess
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from end_to_end.daemon import daemon, fetch, pages
from end_to_end.servers import http, postgres, wait_for
from ports import free_port

CANARIES = ("canary", "001079012345678", "Chim")
PERSON = "Nguyễn Văn Chim 001079012345678"
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
PRIVATE = {
    "user": "canary-user", "path": "/canary-path/001079012345678?name=canary-query", "X-Person": "canary-header",
    "name": PERSON, "messageUserId": "canary-message-user",
}  # fmt: skip
"""Cells of a row that nobody asked for."""

MONITOR = """\
egress: {allow: [127.0.0.0/8]}
log: {level: debug, format: json}
history: {path: %s}
"""
AGENCY = """\
agency: {id: ha-noi, class: city, name: Hà Nội}
contacts: {truc-ban: {name: Trực ban}}
systems:
  - {id: population-db, kind: national_database, name: Dân cư}
  - id: lgsp
    kind: hub
    name: LGSP
    checks: %s
connections:
  - id: population
    provider: population-db
    via: [lgsp]
    owner: truc-ban
    states: [{state: live, on: 2026-01-01}]
    external_ids: {log: HNI-DANCU}
"""
FIELDS = {"time": "at", "connection": ["app"], "status": "code", "id": "request", "bytes": "size", "latency": "took"}


class Sources:
    """What all sources answer, at ``/good/…`` and ``/bad/…``; every answer has canaries in it."""

    def __init__(self):
        self.now = int(time.time())

    def __call__(self, request: BaseHTTPRequestHandler) -> None:
        question = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        asked = urlsplit(request.path)
        status, answer = self.answer(asked.path, parse_qs(asked.query).get("query", [""])[0], question)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        for name in ("Set-Cookie", "X-Person", "Location"):
            request.send_header(name, "canary-cookie-001079012345678")
        request.end_headers()
        request.wfile.write(body)

    def answer(self, path, query, question):
        what = path.removeprefix("/").split("/")
        is_good, moment = what[0] == "good", datetime.fromtimestamp(self.now, UTC).isoformat()
        if what[1] == "rows":
            return 200, {"items": self.rows(is_good=is_good)}
        if what[1] == "search":
            return (200, self.buckets(question)) if is_good else (400, {"error": {"reason": f"canary {PERSON}"}})
        if what[1] == "prometheus":
            return (200, self.vector(query)) if is_good else (422, {"status": "error", "error": f"canary {PERSON}"})
        if what[1] == "newest":
            return 200, {"items": [PRIVATE | {"made": moment if is_good else f"canary {PERSON}"}]}
        if what[1] == "totals":
            return 200, {
                "days": [
                    PRIVATE | {"window": f"canary-{PERSON}", "newest": moment, "count": 5 if is_good else "canary"}
                ]
            }
        if what[1] == "contract":
            return 200, {"name": PERSON, "canary": [PERSON]}
        return 500, f"canary {PERSON}".encode()

    def rows(self, *, is_good):
        at = self.now - 600 if is_good else f"canary {PERSON}"
        mine = {"at": at, "app": "HNI-DANCU", "code": 200, "request": "canary-1", "size": 10, "took": 5}
        nobodys = {**mine, "app": f"canary-app {PERSON}", "request": "canary-2"}
        return [PRIVATE | mine, PRIVATE | nobodys]

    def buckets(self, question):
        asked = json.loads(question)["aggs"]
        if "spans" in asked:
            found = {one: {"doc_count": 0} for one in asked["spans"]["filters"]["filters"]}
            aggregations = {"spans": {"buckets": found}}
        else:
            names, day = ("HNI-DANCU", f"canary-app {PERSON}"), self.now // 86400 * 86_400_000
            keys = [{"name0": name, "status": 200, "day": day} for name in names]
            found = [{"key": key, "doc_count": 3, "newest": {"value": self.now * 1000}} for key in keys]
            aggregations = {"usage": {"buckets": found}}
        return {"timed_out": False, "_shards": {"failed": 0}, "aggregations": aggregations, "canary": PERSON}

    def vector(self, query):
        value = [time.time(), "0" if query.startswith("resets") else str(int(time.time() - self.now))]
        apps = ("HNI-DANCU", f"canary-app {PERSON}")
        result = [
            {"metric": PRIVATE | {"app": app, "code": "200", "instance": "canary"}, "value": value} for app in apps
        ]
        return {"status": "success", "data": {"resultType": "vector", "result": result}}


def checks_at(port, sql, directory):
    """Return checks of every collector and data probe, once over a good source and once over a bad one."""
    (directory / "approved.json").write_text(json.dumps({"type": "object", "properties": {"name": {"type": "number"}}}))
    made = []
    for kind in ("good", "bad"):
        at = f"http://127.0.0.1:{port}/{kind}"
        usage = {"external_ids": "log", "lookback": "30m"}
        rows = {"http": {"url": f"{at}/rows", "path": "items"}}
        totals = {"http": {"url": f"{at}/totals", "path": "days"}}
        prometheus = {"url": f"{at}/prometheus", "query": "calls_total", "connection": ["app"], "settle": "1s"}
        probes = {
            "rows": ("usage", usage | {"source": rows, "fields": FIELDS}),
            "search": ("usage", usage | {"elasticsearch": {"url": f"{at}/search", "index": "wso2-*"}}),
            "counters": ("usage", usage | {"prometheus": prometheus}),
            "fresh": ("freshness", {"source": {"http": {"url": f"{at}/newest", "path": "items"}}, "column": "made"}),
            "totals": ("reconcile", {"provider": totals, "consumer": totals, "columns": {"window": "window"}}),
            "page": ("http", {"target": f"{at}/page", "assertions": [{"json": "name", "equals": "x"}]}),
            "value": ("http", {"target": f"{at}/contract", "assertions": [{"json": "name", "equals": "x"}]}),
            "reading": ("http", {"target": f"{at}/contract", "readings": {"persons": "name"}}),
            "header": ("http", {"target": f"{at}/contract", "assertions": [{"header": "X-Person", "equals": "x"}]}),
        }
        if sql:
            of = {"target": f"127.0.0.1:{sql}", "product": "postgresql", "database": "postgres", "user": "postgres",
                  "tls": False, "allow_cleartext": True, "password": {"file": str(directory / "password")}}  # fmt: skip
            query = f"SELECT * FROM {kind}_log"
            probes["sql-rows"] = ("usage", usage | {"source": {"sql": of | {"query": query}}, "fields": FIELDS})
            probes["sql-fresh"] = ("freshness", {"source": {"sql": of | {"query": query}}, "column": "at"})
            probes["sql"] = ("sql", of | {"query": f"SELECT person FROM {kind}_log", "readings": {"persons": "person"}})
        made += [
            {"id": f"{kind}-{name}", "probe": probe, "every": "5s", "timeout": "4900ms", "with": options}
            for name, (probe, options) in probes.items()
        ]
    return made


def fill(binaries, port):
    """Make a log with personal data in it."""
    now = int(time.time())
    statements = "".join(
        f"CREATE TABLE {kind}_log (at {of}, app text, code text, request text, size int, took int, person text);"
        f"INSERT INTO {kind}_log VALUES ({at}, 'HNI-DANCU', '200', 'canary-1', 1, 2, '{PERSON}'),"
        f" ({at}, 'canary-app', '200', 'canary-2', 1, 2, '{PERSON}');"
        for kind, of, at in (
            ("good", "timestamptz", f"to_timestamp({now - 600})"),
            ("bad", "text", f"'canary {PERSON}'"),
        )
    )
    command = [str(binaries / "psql"), "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-q", "-c", statements]
    # The port answers before the database does.
    wait_for(lambda: subprocess.run(command, check=False, cwd="/", stderr=subprocess.DEVNULL).returncode == 0)


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "has_sql", [False, pytest.param(True, marks=pytest.mark.skipif(not BINARIES, reason="postgresql"))]
)
def test_nothing_of_a_person_leaves_a_collector(has_sql, tmp_path):
    directory, port = tmp_path / "config", free_port()
    (directory / "agencies").mkdir(parents=True)
    (tmp_path / "password").write_text("s3cret")
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        database = 0
        if has_sql:
            database, place = free_port(), Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="privacy-")))
            stack.enter_context(postgres(BINARIES[-1], place, database))
            fill(BINARIES[-1], database)
        sources = stack.enter_context(http(Sources()))
        checks = checks_at(sources, database, tmp_path)
        (directory / "monitor.yaml").write_text(MONITOR % (tmp_path / "history.db"))
        (directory / "agencies" / "ha-noi.yaml").write_text(AGENCY % json.dumps(checks))
        stack.enter_context(daemon(directory, port))
        ids = [f"ha-noi/lgsp/{one['id']}" for one in checks]
        wait_for(lambda: all(newest(url, one) for one in ids), within=60)
        wait_for(lambda: b'consumer="other"' in fetch(f"{url}/metrics")[1].encode(), within=60)  # the history has it
        time.sleep(5.5)  # for second runs
        states = {one: newest(url, one) for one in ids}
        places = ["/metrics", "/", "/api/v1/checks", "/api/v1/inventory", "/api/v1/configuration", "/api/v1/programmes"]
        places += [f"{part}/connections/ha-noi/population" for part in ("", "/api/v1")] + ["/api/v1/connections"]
        places += [f"{part}/{one}" for one in ids for part in ("/checks", "/api/v1/checks")]
        seen = {one: body.encode() for one, body in pages(url, places).items()}
    seen["log"] = (tmp_path / "daemon.log").read_bytes()
    for path in tmp_path.glob("history.db*"):
        seen[path.name] = path.read_bytes()

    told = {place: word for place, text in seen.items() for word in CANARIES if word.encode() in text}
    assert told == {}
    assert b'consumer="other"' in seen["/metrics"]
    assert b"check.observed" in seen["log"]
    up = ("rows", "counters", "fresh", "totals", *(("sql-rows", "sql-fresh") if has_sql else ()))
    assert {name: states[f"ha-noi/lgsp/good-{name}"] for name in up} == dict.fromkeys(up, "up")
    bad = ("search", "counters", "fresh", "totals", "page", "value", "reading", "header")
    assert {name: states[f"ha-noi/lgsp/bad-{name}"] for name in bad} == dict.fromkeys(bad, "down")


def newest(url, check):
    """Return what the newest run of a check saw; nothing before its first."""
    status, body = fetch(f"{url}/api/v1/checks/{check}")
    assert status == 200, body
    run = json.loads(body)["newest"]
    return run["status"] if run and run["started"] else ""
