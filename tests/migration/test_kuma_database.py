"""Promise: the database of Uptime Kuma is read like its backup, never written, and one that is odd is refused."""

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from migration.test_kinds import checks

from monitor.migration.foreign import ForeignError
from monitor.migration.kuma import monitors_of, proposals
from monitor.migration.kuma_database import MOST_BYTES, MOST_MONITORS
from monitor.migration.proposal import LeftOut

SAMPLE = Path(__file__).parent / "samples" / "uptime-kuma.json"
SCHEMA = """
CREATE TABLE monitor (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(150), active BOOLEAN NOT NULL DEFAULT 1, user_id INTEGER,
  interval INTEGER NOT NULL DEFAULT 20, url TEXT, type VARCHAR(20), hostname VARCHAR(255), port INTEGER,
  keyword VARCHAR(255), maxretries INTEGER NOT NULL DEFAULT 0, ignore_tls BOOLEAN NOT NULL DEFAULT 0,
  upside_down BOOLEAN NOT NULL DEFAULT 0, maxredirects INTEGER NOT NULL DEFAULT 10,
  accepted_statuscodes_json TEXT NOT NULL DEFAULT '["200-299"]', dns_resolve_type VARCHAR(5),
  dns_resolve_server VARCHAR(255), retry_interval INTEGER NOT NULL DEFAULT 0, push_token VARCHAR(32),
  method TEXT NOT NULL DEFAULT 'GET', body TEXT, headers TEXT, basic_auth_user TEXT, basic_auth_pass TEXT,
  proxy_id INTEGER, expiry_notification BOOLEAN DEFAULT 1, database_connection_string VARCHAR(2000),
  auth_method VARCHAR(250), packet_size INTEGER NOT NULL DEFAULT 56, http_body_encoding VARCHAR(25), parent INTEGER,
  invert_keyword BOOLEAN NOT NULL DEFAULT 0, json_path TEXT, expected_value VARCHAR(255), oauth_client_id TEXT,
  oauth_client_secret TEXT, oauth_token_url TEXT, oauth_scopes TEXT, oauth_auth_method TEXT,
  timeout DOUBLE NOT NULL DEFAULT 0, json_path_operator VARCHAR(255), smtp_security VARCHAR(255),
  ws_subprotocol VARCHAR(255), ws_ignore_sec_websocket_accept_header BOOLEAN NOT NULL DEFAULT 0
);
CREATE TABLE heartbeat (id INTEGER PRIMARY KEY, monitor_id INTEGER, status SMALLINT, msg TEXT, time DATETIME);
"""
"""What matters here of the tables of version 2."""


def database(file: Path, *monitors: dict, schema: str = SCHEMA) -> Path:
    with closing(sqlite3.connect(file)) as made:
        made.executescript(schema)
        for one in monitors:
            columns = ", ".join(one)
            made.execute(f"INSERT INTO monitor ({columns}) VALUES ({', '.join('?' * len(one))})", [*one.values()])
        made.commit()
    return file


def as_row(monitor: dict) -> dict:
    """Return a monitor of a backup as version 2 stores it."""
    row = {}
    for key, value in monitor.items():
        name = {"accepted_statuscodes": "accepted_statuscodes_json"}.get(key, re.sub("([A-Z])", r"_\1", key).lower())
        if name in SCHEMA:
            row[name] = json.dumps(value) if isinstance(value, list) else value
    return row


def test_database_says_what_the_backup_says(tmp_path):
    monitors = json.loads(SAMPLE.read_text())["monitorList"]
    for one in monitors:
        one.setdefault("expiryNotification", True)
    (tmp_path / "backup.json").write_text(json.dumps({"monitorList": monitors}))
    file = database(tmp_path / "kuma.db", *map(as_row, monitors))

    expected = [*proposals(monitors_of(tmp_path / "backup.json"))]
    found = [*proposals(monitors_of(file))]

    names = [one.name for one in expected]
    assert [one.name for one in found] == names
    assert [(one.name, one.kind, one.settings) for one in found if not isinstance(one, LeftOut)] == [
        (one.name, one.kind, one.settings) for one in expected if not isinstance(one, LeftOut)
    ]


def test_no_secret_leaves_the_database(tmp_path):
    monitors = json.loads(SAMPLE.read_text())["monitorList"]
    file = database(tmp_path / "kuma.db", *map(as_row, monitors))
    kept = [value for one in monitors_of(file)["monitorList"] for key, value in one.items() if key != "headers"]

    assert [value for value in kept if "canary" in str(value)] == []


ROW = {"id": 1, "name": "m", "active": 1, "interval": 60}


def imported(folder: Path, **facts) -> tuple[dict, str]:
    found, text = checks(folder, "uptime-kuma", database(folder / "given", ROW | facts))
    return found["m"], text


@pytest.mark.parametrize(
    ("facts", "kind", "settings"),
    [
        (
            {"type": "websocket-upgrade", "url": "wss://a.example/live", "ws_subprotocol": "chat, graphql-ws"},
            "websocket",
            {"target": "wss://a.example/live", "subprotocols": ["chat", "graphql-ws"]},
        ),
        (
            {"type": "smtp", "hostname": "mail.example", "port": 465, "smtp_security": "secure"},
            "tcp",
            {"target": "mail.example:465", "tls": True, "query_response": [{"expect": "^220 "}]},
        ),
        (
            {"type": "dns", "hostname": "a.example", "dns_resolve_server": "10.0.0.1, 10.0.0.2"},
            "dns",
            {"target": "10.0.0.1:53", "query_name": "a.example", "query_type": "A"},
        ),
    ],
)
def test_types_of_version_2_become_checks(tmp_path, facts, kind, settings):
    check, text = imported(tmp_path, **facts)

    assert (check["probe"], check["with"]) == (kind, settings)
    assert ("10.0.0.2" in text) == (kind == "dns")


def test_mail_that_turns_to_tls_is_a_conversation(tmp_path):
    check, _ = imported(tmp_path, type="smtp", hostname="mail.example", port=25, smtp_security="starttls")

    assert [sorted(step) for step in check["with"]["query_response"]][-1] == ["expect", "starttls"]


TAGS = """
CREATE TABLE tag (id INTEGER PRIMARY KEY, name VARCHAR, color VARCHAR, created_date DATETIME);
CREATE TABLE monitor_tag (id INTEGER PRIMARY KEY, monitor_id INTEGER, tag_id INTEGER, value TEXT);
INSERT INTO tag (id, name) VALUES (7, 'tuyến tỉnh');
INSERT INTO monitor_tag (monitor_id, tag_id, value) VALUES (1, 7, 'canary');
"""


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (TAGS, "not carried over: its tags (tuyến tỉnh)"),
        (TAGS.replace("tag_id INTEGER", "other INTEGER").replace("tag_id, value", "other, value"), ""),
        ("CREATE TABLE tag (id); CREATE VIEW monitor_tag AS SELECT * FROM tag;", ""),
    ],
    ids=["as version 2 has them", "otherwise", "a view"],
)
def test_tags_of_a_database_are_named_without_their_values(tmp_path, more, said):
    file = database(tmp_path / "given", ROW | {"type": "http", "url": "https://a.example/"}, schema=SCHEMA + more)

    _, text = checks(tmp_path, "uptime-kuma", file)

    assert said in " ".join(text.split())
    assert ("tags" in text) is bool(said)
    assert "canary" not in text


def test_nothing_is_written(tmp_path):
    file = database(tmp_path / "kuma.db", {"name": "m", "type": "http"})
    before = file.read_bytes()
    tmp_path.chmod(0o500)

    monitors_of(file)

    assert [one.name for one in tmp_path.iterdir()] == ["kuma.db"]
    assert file.read_bytes() == before


def test_what_a_running_uptime_kuma_has_not_settled_yet_is_read_too(tmp_path):
    file = tmp_path / "kuma.db"
    with closing(sqlite3.connect(file)) as running:
        running.execute("PRAGMA journal_mode = WAL")
        running.executescript(SCHEMA)
        running.execute("INSERT INTO monitor (name, type) VALUES ('newest', 'http')")
        running.commit()

        found = monitors_of(file)["monitorList"]

    assert [one["name"] for one in found] == ["newest"]


HEAD = b"SQLite format 3\x00"
ENDLESS = "WITH RECURSIVE n(x) AS (VALUES(1) UNION ALL SELECT x + 1 FROM n) SELECT x AS id FROM n"
GROWING = SCHEMA.replace("name VARCHAR(150)", "name TEXT GENERATED ALWAYS AS (printf('%9999999d', id)) VIRTUAL")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda file: file.write_bytes(HEAD), "cannot be read as a database"),
        (lambda file: file.write_bytes(HEAD + b"\x10" * 5000), "damaged, or encrypted"),
        (lambda file: database(file, schema="CREATE TABLE other (id)"), "no database of Uptime Kuma"),
        (lambda file: database(file, schema="CREATE TABLE monitor (id, name)"), "lacks active, hostname"),
        (lambda file: database(file, schema=f"CREATE VIEW monitor AS {ENDLESS}"), "no database of Uptime Kuma"),
        (lambda file: database(file, schema="CREATE VIRTUAL TABLE monitor USING fts5(id)"), "no database of Uptime"),
        (lambda file: database(file, {"type": "http"}, schema=GROWING), "lacks name"),
        (
            lambda file: database(file, {"name": "m", "type": "http", "url": "x" * (MOST_BYTES + 1)}),
            "longer than 1 MiB",
        ),
        (lambda file: database(file, *[{"type": "http"}] * (MOST_MONITORS + 1)), "more than 10,000 monitors"),
        (Path.mkdir, "not an ordinary file"),
        (lambda _: None, "No such file"),
    ],
)
def test_database_that_is_odd_is_refused(tmp_path, made, said):
    made(tmp_path / "kuma.db")

    with pytest.raises(ForeignError, match=said):
        monitors_of(tmp_path / "kuma.db")


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_database_that_is_cut_off_is_read_or_refused(tmp_path, cut):
    file = database(tmp_path / "kuma.db", *[{"name": "m" * 200, "type": "http"}] * 300)
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * cut)])

    with pytest.raises(ForeignError, match="cannot be read as a database"):
        monitors_of(file)
