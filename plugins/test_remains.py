"""A run whose target breaks leaves nothing that only the garbage collector would find, nothing open and no thread."""

from datetime import UTC, datetime

import asyncssh
import pytest
from aiohttp import web
from datashare_monitor_freshness import Freshness
from datashare_monitor_http import HttpRows
from remains import nothing, remains, remains_of_broken

from monitor.plugin.catalogue import discover
from monitor.testing import configured, serve

HOST_KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
ROAD = {"client": "VN/GOV/HN/monitor"}


def settings_at(address: str, secret: dict) -> dict[str, dict]:
    """Return the settings of checks of each kind that connects, by the kind and what is special."""
    login = {"username": "monitor", "password": secret}
    clear = {"allow_cleartext_password": True}
    database = {"target": address, "database": "sharing", "user": "reader", "password": secret}
    oauth2 = {"client_id": "monitor", "client_secret": secret, "token_url": f"http://{address}/token"}
    session = {"url": f"http://{address}/login", "fields": {"password": secret}, "session": "session"}
    return {
        "dns": {"target": address, "query_name": "dancu.example"},
        "dns tcp": {"target": address, "query_name": "dancu.example", "transport_protocol": "tcp"},
        "edxml": {"target": f"http://{address}/"},
        "freshness": {"url": f"http://{address}/"},
        "grpc": {"target": address},
        "grpc tls": {"target": address, "tls": True},
        "http": {"target": f"http://{address}/"},
        "http tls": {"target": f"https://{address}/", "enable_http2": True},
        "kafka": {"target": address, "topic": "documents"},
        "kafka tls": {"target": address, "topic": "documents", "tls": True},
        "ldap": {"target": address},
        "ldap tls": {"target": address, "tls": True},
        "mongodb": {"target": address, "tls": False, "allow_cleartext": True},
        "mongodb tls": {"target": address},
        "ntp": {"target": address},
        "oauth2": {"target": f"http://{address}/api", "oauth2": oauth2},
        "rabbitmq": {"target": address, **login, **clear},
        "rabbitmq tls": {"target": address, **login, "tls": True},
        "redis": {"target": address, "password": secret, **clear},
        "redis tls": {"target": address, "tls": True},
        "s3": {"endpoint": f"http://{address}", "bucket": "drop"},
        "session": {"target": f"http://{address}/call", "login": session, "headers": {"X-Session": "{session}"}},
        "sftp": {"target": address, "login": {**login, "host_keys": [HOST_KEY]}, "folder": "."},
        "soap": {"target": f"http://{address}/", "action": "urn:count", "body": "<a/>"},
        "sql postgresql": {**database, "product": "postgresql", "query": "SELECT 1 AS a"},
        "sql mariadb": {**database, "product": "mariadb", "query": "SELECT 1 AS a"},
        "sql oracle": {**database, "product": "oracle", "query": "SELECT 1 AS a FROM dual"},
        "tcp": {"target": address, "query_response": [{"expect": "^220"}]},
        "tls": {"target": address},
        "udp": {"target": address, "send": "a"},
        "websocket": {"target": f"ws://{address}/"},
        "xroad": {"target": f"http://{address}", "service": "VN/GOV/BCA/dancu/Count", **ROAD},
        "xroad-health": {"target": f"http://{address}"},
    }


def fresh_in(address: str) -> Freshness:
    return Freshness(source=configured(HttpRows, {"url": f"http://{address}/rows"}), column="made")


async def test_runs_over_a_source_leave_nothing():
    async def answer(_: web.Request) -> web.Response:
        return web.json_response([{"made": datetime.now(UTC).isoformat()}, {"made": "2020-01-01T00:00:00Z"}])

    async with serve(answer) as url:
        good = await remains(fresh_in(url.removeprefix("http://")))
    broken = await remains_of_broken(fresh_in)

    assert good == nothing("up")
    assert broken == nothing("down protocol", "down refused", "down timeout")


CASES = settings_at("127.0.0.1:1", {})
KINDS = dict.fromkeys(case.partition(" ")[0] for case in CASES)


@pytest.mark.parametrize("kind", KINDS)
async def test_runs_of_broken_targets_leave_nothing(kind, tmp_path):
    (tmp_path / "secret").write_text("s3cret")
    probe, secret = discover().kinds[kind].probe, {"file": str(tmp_path / "secret")}
    cases = [case for case in CASES if case.partition(" ")[0] == kind]

    left = await remains_of_broken(
        *(lambda address, case=case: configured(probe, settings_at(address, secret)[case]) for case in cases)
    )

    assert left == nothing(*left.outcomes)
    assert "down refused" in left.outcomes
