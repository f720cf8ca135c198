"""A database is asked one statement: its rows are judged and measured, and each failure has its reason."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import dns.message
import dns.rdatatype
import dns.rrset
import pytest
from datashare_monitor_sql import SqlProbe, SqlRows
from remains import nothing, remains

from monitor.plugin import Observation, Reason, Status, Vantage, up
from monitor.testing import configured, look, run

CANARY = "Nguyễn Văn Chim 079203001234"
PASSWORD = "S3cret-canary"
WITHIN = timedelta(seconds=2)
pytestmark = pytest.mark.services
COUNT = "SELECT count(*) AS waiting, max(made) AS newest FROM requests"


@dataclass(frozen=True, kw_only=True)
class Counting:
    """Shows the rows of a source."""

    source: Any

    async def observe(self, vantage: Vantage) -> Observation:
        return up(detail=str([tuple(row.values()) async for row in self.source.rows(vantage)]))


def readings(seen: Observation) -> dict[str, float]:
    return {".".join((reading.measure.name, *reading.labels)): reading.value for reading in seen.readings}


async def seen_of(server, query: str, **settings) -> Observation:
    zone = {} if server.product == "postgresql" else {"time_zone": "UTC"}
    return await look(configured(SqlProbe, server.settings(query, **zone, **settings)))


async def test_good_answer_is_up_and_measured(server):
    wanted = {"waiting": "waiting", "newest_timestamp_seconds": "newest"}
    asked = server.settings(COUNT, readings=wanted, time_zone="UTC")

    outcome = await run(configured(SqlProbe, asked))

    seen = outcome.observation
    assert (seen.status, seen.detail) == (Status.UP, "1 rows")
    assert set(outcome.phases) == {"connect", "tls", "login", "query"}
    assert set(readings(seen)) == {
        "probe_sql_rows", "probe_sql_query_duration_seconds", "probe_sql_ssl", "probe_waiting",
        "probe_newest_timestamp_seconds",
    }  # fmt: skip
    assert (readings(seen)["probe_waiting"], readings(seen)["probe_sql_ssl"]) == (2, 1)
    assert 3590 < outcome.started.timestamp() - readings(seen)["probe_newest_timestamp_seconds"] < 3700


@pytest.mark.parametrize(
    ("query", "assertion", "status", "detail"),
    [
        ("SELECT id FROM requests", {"equals": 2}, Status.UP, "2 rows"),
        ("SELECT id FROM requests", {"at_least": 3, "level": "degraded"}, Status.DEGRADED, "rows >= 3 (were 2)"),
        ("SELECT 5 AS a", {"column": "a", "less_than": 5}, Status.DOWN, "a < 5 (was 5)"),
        ("SELECT '5' AS a", {"column": "a", "less_than": 5}, Status.DOWN, "a < 5 (was a text)"),
        ("SELECT share AS a FROM requests ORDER BY id", {"column": "a", "at_least": 1}, Status.DOWN,
         "a >= 1 (was 0.25)"),
        ("SELECT share AS a FROM requests ORDER BY id", {"column": "a", "at_least": 0, "of": "every"}, Status.DOWN,
         "a >= 0 in every row (was -3)"),
        ("SELECT share AS a FROM requests ORDER BY id", {"column": "a", "less_than": 0, "of": "any"}, Status.UP,
         "2 rows"),
        ("SELECT waiting AS a FROM requests WHERE id = 2", {"column": "a", "at_least": 0}, Status.DOWN,
         "a >= 0 (was NULL)"),
        ("SELECT waiting AS a FROM requests WHERE id = 2", {"column": "a", "exists": True}, Status.DOWN,
         "a is there (was NULL)"),
        ("SELECT id AS a FROM requests WHERE id = 9", {"column": "a", "at_least": 0}, Status.DOWN, "a >= 0 (no row)"),
        ("SELECT id FROM requests", {"column": "b", "equals": 1}, Status.DOWN, "b == 1 (no such column)"),
        ("SELECT 1 = 1 AS a", {"column": "a", "equals": True}, Status.UP, "1 rows"),
        ("SELECT 'ok' AS a", {"column": "a", "equals": "ok"}, Status.UP, "1 rows"),
        ("SELECT 'bad' AS a", {"column": "a", "equals": "ok"}, Status.DOWN, "a == ok (was a text)"),
        ("SELECT 'bad' AS a", {"column": "a", "matches": "^o"}, Status.DOWN, "a matches '^o' (was a text)"),
        ("SELECT made AS a FROM requests WHERE id = 1", {"column": "a", "max_age": "2h"}, Status.UP, "1 rows"),
        ("SELECT note AS a FROM requests WHERE id = 1", {"column": "a", "max_age": "2h"}, Status.DOWN,
         "a at most 2h old (was no time)"),
        ("SELECT '9999-12-31T00:00:00Z' AS a", {"column": "a", "max_age": "2h"}, Status.DOWN, None),
    ],
)  # fmt: skip
async def test_rows_and_cells_are_judged(server, query, assertion, status, detail):
    seen = await seen_of(server, query, assertions=[assertion])

    assert seen.status is status, seen.detail
    assert detail in (None, seen.detail)


async def test_old_record_is_stale(server):
    seen = await seen_of(server, "SELECT min(made) AS a FROM requests", assertions=[{"column": "a", "max_age": "2h"}])

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.STALE)
    assert seen.detail.startswith("a at most 2h old (was 1d")


@pytest.mark.parametrize(
    ("query", "reading", "detail"),
    [
        ("SELECT waiting AS a FROM requests WHERE id = 2", "a", "probe_a: a is NULL"),
        ("SELECT id AS a FROM requests WHERE id = 9", "a", "probe_a: no row"),
        ("SELECT 1 AS b", "a", "probe_a: no column a"),
        ("SELECT -1 AS a", "a_records", "probe_a_records: a counts below nothing (was -1)"),
        ("SELECT 'Nguyen' AS a", "a", "probe_a: a is no number (was a text)"),
        ("SELECT 99999999999 AS a", "a_timestamp_seconds", None),
        ("SELECT 'NaN' AS a", "a", "probe_a: a is no number (was a text)"),
    ],
)  # fmt: skip
async def test_cell_that_cannot_be_read_is_down_and_never_a_number(server, query, reading, detail):
    seen = await seen_of(server, query, readings={reading: "a"})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert detail in (None, seen.detail)
    assert not any(name.startswith("probe_a") for name in readings(seen))


async def test_optional_reading_may_be_missing(server):
    query = "SELECT waiting AS a FROM requests WHERE id = 2"

    seen = await seen_of(server, query, readings={"a": {"column": "a", "optional": True}})

    assert (seen.status, "probe_a" in readings(seen)) == (Status.UP, False)


async def test_million_rows_do_not_arrive(server):
    seen = await seen_of(server, "SELECT id FROM many")
    wide = await seen_of(server, "SELECT repeat('x', 4000) AS a FROM many", max_rows=1000, max_bytes="64KiB")
    long = await seen_of(server, "SELECT repeat('x', 5000) AS a")
    huge = await seen_of(server, "SELECT repeat('x', 15000000) AS a")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)
    assert seen.detail == "more than 1000 rows; ask for fewer, or raise max_rows"
    assert (wide.reason, wide.detail) == (Reason.TOO_LARGE, "more than 131072 bytes came")
    assert (long.reason, long.detail) == (Reason.TOO_LARGE, "a cell is longer than 4096 characters")
    assert (huge.reason, huge.detail) == (Reason.TOO_LARGE, "more than 1114112 bytes came")


@pytest.mark.parametrize(
    ("settings", "query", "reason"),
    [
        ({"password": "wrong"}, "SELECT 1", Reason.UNAUTHORIZED),
        ({"user": "nobody"}, "SELECT 1", Reason.UNAUTHORIZED),
        ({}, "SELECT id FROM closed", Reason.FORBIDDEN),
        ({}, "SELECT a FROM missing", None),
        ({}, "SELECT missing FROM requests", Reason.CONTENT),
        ({"database": "missing"}, "SELECT 1", None),
    ],
)
async def test_refusal_has_its_reason(server, settings, query, reason):
    if "password" in settings:
        settings = {"password": {"file": str(server.folder / "wrong")}}

    seen = await seen_of(server, query, **settings)

    assert seen.status is Status.DOWN
    assert seen.reason in ({reason} if reason else {Reason.CONTENT, Reason.FORBIDDEN})
    assert "closed" not in seen.detail
    assert "reader" not in seen.detail


@pytest.mark.parametrize(
    ("settings", "query", "outcome"),
    [
        ({}, "SELECT id, note, made FROM requests", "up"),
        ({"password": "wrong"}, "SELECT 1 AS a", "down unauthorized"),
        ({}, "SELECT missing FROM requests", "down content"),
    ],
)
async def test_runs_leave_nothing(server, settings, query, outcome):
    if "password" in settings:
        settings = {"password": {"file": str(server.folder / "wrong")}}

    left = await remains(configured(SqlProbe, server.settings(query, time_zone="UTC", **settings)))

    assert left == nothing(outcome)


async def test_password_is_read_again_when_its_file_changes(server, tmp_path):
    secret = tmp_path / "password"
    secret.write_text("wr0ng")
    probe = configured(SqlProbe, server.settings("SELECT 1", password={"file": str(secret)}))

    before = await look(probe)
    secret.write_text((server.folder / "password").read_text())
    after = await look(probe)

    assert (before.reason, after.status) == (Reason.UNAUTHORIZED, Status.UP)


async def test_statement_over_its_time_is_slow_and_leaves_the_server(server):
    query = "SELECT count(*) AS a FROM many a CROSS JOIN many b CROSS JOIN many c"

    outcome = await run(configured(SqlProbe, server.settings(query)), within=WITHIN)

    assert outcome.observation.status is Status.DOWN
    assert outcome.observation.reason in {Reason.SLOW, Reason.TIMEOUT}
    assert outcome.duration_seconds < WITHIN.total_seconds() + 0.25


async def test_function_that_writes_is_stopped_by_the_transaction(postgresql):
    seen = await seen_of(postgresql, "SELECT sneaky() AS a")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert seen.detail == "the statement wants to write (25006)"


async def test_certificate_that_is_not_trusted_is_told(server):
    stranger = await look(configured(SqlProbe, server.settings("SELECT 1", tls_config={})))
    other = await look(
        configured(
            SqlProbe,
            server.settings("SELECT 1", tls_config={"ca_file": server.ca_file, "server_name": "other.example"}),
        )
    )
    named = await look(
        configured(
            SqlProbe,
            server.settings("SELECT 1", tls_config={"ca_file": server.ca_file, "server_name": "db.hanoi.example"}),
        )
    )
    anybody = await look(configured(SqlProbe, server.settings("SELECT 1", tls_config={"insecure_skip_verify": True})))

    assert stranger.reason is Reason.CERTIFICATE_UNTRUSTED, stranger.detail
    assert other.reason is Reason.CERTIFICATE_NAME, other.detail
    assert (named.status, anybody.status) == (Status.UP, Status.UP), named.detail


async def test_client_certificate_logs_in(server):
    folder = server.folder
    certified = {"cert_file": str(folder / "client.pem"), "key_file": str(folder / "client.key")}
    settings = server.settings("SELECT count(*) AS a FROM requests", user="certified")
    del settings["password"]

    without = await look(configured(SqlProbe, settings))
    settings["tls_config"] = {"ca_file": server.ca_file, **certified}
    seen = await look(configured(SqlProbe, settings))

    assert (without.status, without.reason) == (Status.DOWN, Reason.UNAUTHORIZED)
    assert seen.status is Status.UP, seen.detail


async def test_login_in_the_clear_only_when_allowed(server):
    settings = server.settings("SELECT 1", tls=False, allow_cleartext=True)
    del settings["tls_config"]

    seen = await look(configured(SqlProbe, settings))

    assert (seen.status, readings(seen)["probe_sql_ssl"]) == (Status.UP, 0)


async def test_slow_answer_is_degraded(server):
    seen = await seen_of(server, "SELECT 1 AS a", degraded_over="1ms", down_over="1m", assertions=[])

    assert seen.status in {Status.DEGRADED, Status.UP}
    assert seen.reason in {Reason.SLOW, None}


async def test_time_without_a_zone_needs_one(mariadb):
    settings = mariadb.settings("SELECT made AS a FROM requests WHERE id = 1")

    without = await look(configured(SqlProbe, settings))
    hanoi = await look(
        configured(
            SqlProbe,
            {**settings, "time_zone": "Asia/Ho_Chi_Minh", "assertions": [{"column": "a", "max_age": "9h"}]},
        )
    )

    assert (without.status, without.reason) == (Status.DOWN, Reason.CONTENT)
    assert without.detail == "a time has no zone; say which one with time_zone: Asia/Ho_Chi_Minh"
    assert hanoi.status is Status.UP, hanoi.detail


async def test_no_cell_is_shown_whatever_is_asked_of_it(server, capsys, caplog):
    query = "SELECT note, id FROM requests ORDER BY id"
    assertions = [
        {"column": "note", comparison: limit, "of": of}
        for comparison, limit in (
            ("equals", "x"), ("equals", 5), ("not_equals", CANARY), ("matches", "^x"), ("not_matches", "V.n C"),
            ("less_than", 1), ("max_age", "1s"), ("exists", False),
        )
        for of in ("first", "every", "any")
    ]  # fmt: skip

    for assertion in [*assertions, {"column": "note", "at_least": 5}]:
        seen = await seen_of(server, query, assertions=[assertion], readings={"a": "note", "b": "id"})
        # Every digit may occur in how long it took.
        shown = [reading for reading in seen.readings if not reading.measure.name.endswith("_duration_seconds")]
        told = f"{seen.detail} {shown}"
        limit = str(assertion.get("not_equals", ""))
        assert seen.status is Status.DOWN
        assert not any(part in told.replace(limit, "") for part in ("Chim", "0792", PASSWORD)), told
    broken = await seen_of(server, f"SELECT '{CANARY}' + 1 AS a FROM missing", max_cell=5)
    told = f"{broken.detail} {caplog.text} {capsys.readouterr()}"
    assert not any(part in told for part in ("Chim", "0792", PASSWORD))


async def test_source_yields_the_rows(server):
    settings = server.settings("SELECT id, waiting, share, note FROM requests ORDER BY id")
    source = {key: value for key, value in settings.items() if key != "assertions"}

    seen = await look(Counting(source=configured(SqlRows, source)))

    assert seen.detail == f"{[(1, 12, 0.25, CANARY), (2, None, -3, None)]}"


@pytest.mark.parametrize(
    ("product", "query", "column"),
    [
        ("postgresql", "SHOW max_connections", "max_connections"),
        ("postgresql", "VALUES (1), (2)", "column1"),
        ("postgresql", "WITH a AS (SELECT 1 AS b) SELECT b FROM a;", "b"),
        ("mariadb", "SHOW GLOBAL STATUS LIKE 'Threads_connected'", "Value"),
        ("mariadb", "WITH a AS (SELECT 1 AS b) SELECT b FROM a", "b"),
    ],
)
async def test_every_form_of_reading_is_answered(request, product, query, column):
    server = request.getfixturevalue(product)

    seen = await seen_of(server, query, assertions=[{"column": column, "at_least": 1}])

    assert seen.status is Status.UP, seen


class Names(asyncio.DatagramProtocol):
    """A name server that knows one address for every name."""

    def __init__(self, address: str) -> None:
        self._address = address

    def connection_made(self, transport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr) -> None:
        answer = dns.message.make_response(dns.message.from_wire(data))
        [asked] = answer.question
        if asked.rdtype == dns.rdatatype.A:
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "A", self._address))
        self._transport.sendto(answer.to_wire(), addr)


async def seen_by_name(server, address: str) -> Observation:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Names(address), local_addr=("127.0.0.1", 0))
    host, port = transport.get_extra_info("sockname")
    settings = server.settings("SELECT 1 AS a", target=f"db.hanoi.example:{server.target.rpartition(':')[2]}")
    try:
        return await look(configured(SqlProbe, settings), nameservers=[f"{host}:{port}"])
    finally:
        transport.close()


async def test_driver_gets_the_vetted_address_and_keeps_the_name_for_tls(server):
    allowed = await seen_by_name(server, "127.0.0.1")
    elsewhere = await seen_by_name(server, "192.0.2.1")

    assert allowed.status is Status.UP, allowed
    assert (elsewhere.status, elsewhere.reason) == (Status.UNKNOWN, Reason.EGRESS)
