"""A collector of counters and a real Prometheus: what is added is counted once, and so is what follows a reset."""

import json
import urllib.parse
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from end_to_end.daemon import fetch
from end_to_end.servers import http, prometheus, wait_for
from ports import free_port

from monitor.plugin import Exchange
from monitor.testing import configured, run

pytestmark = pytest.mark.services

KNOWN = {"gateway": {"hni population": Exchange(connection="ha-noi/population", consumer="ha-noi", service="bca/db")}}


class Gateway:
    """Exposes counters as a gateway does."""

    def __init__(self):
        self.calls = {"200": 0, "502": 0}

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "text/plain; version=0.0.4")
        request.end_headers()
        lines = ["# TYPE gateway_requests_total counter"]
        for code, calls in self.calls.items():
            lines.append(f'gateway_requests_total{{consumer="hni",route="population",code="{code}"}} {calls}')
        request.wfile.write("\n".join([*lines, ""]).encode())


class Watched:
    """A Prometheus that scrapes a gateway, and a collector of it."""

    def __init__(self, url, gateway):
        self.url = url
        self.gateway = gateway
        self.memory = b""

    def has_scraped(self, code, value):
        """Wait until an instant query, as of three seconds ago, shows a value."""
        asked = urllib.parse.urlencode({"query": f'gateway_requests_total{{code="{code}"}} offset 3s'})

        def shows():
            found = json.loads(fetch(f"{self.url}/api/v1/query?{asked}")[1])["data"]["result"]
            return [float(one["value"][1]) for one in found] == [value]

        wait_for(shows)

    async def counted(self):
        from datashare_monitor_usage.probe import Usage

        settings = {"url": self.url, "query": "gateway_requests_total", "connection": ["consumer", "route"]}
        probe = configured(Usage, {"external_ids": "gateway", "prometheus": settings | {"settle": "1s"}})
        outcome = await run(probe, memory=self.memory, exchanges=KNOWN, within=timedelta(seconds=10))
        assert outcome.memory is not None, outcome.observation.detail
        self.memory = outcome.memory
        return {
            one.labels: one.value
            for one in outcome.observation.readings
            if one.measure.name == "exchange_transactions_total"
        }


@pytest.fixture
def watched(need, tmp_path):
    gateway, port = Gateway(), free_port()
    binary = need("prometheus", "prometheus")
    with http(gateway.answer) as target, prometheus(binary, tmp_path / "prom", port, f"127.0.0.1:{target}"):
        yield Watched(f"http://127.0.0.1:{port}", gateway)


async def test_calls_are_counted_once_and_after_a_reset_from_nothing(watched):
    ok, bad = ("ha-noi", "bca/db", "ok"), ("ha-noi", "bca/db", "server_error")
    watched.gateway.calls = {"200": 1000, "502": 10}
    watched.has_scraped("200", 1000)
    first = await watched.counted()
    watched.gateway.calls = {"200": 1040, "502": 13}
    watched.has_scraped("502", 13)
    second = await watched.counted()
    watched.gateway.calls = {"200": 7, "502": 0}
    watched.has_scraped("200", 7)
    third = await watched.counted()

    assert first == {}
    assert second == {ok: 40, bad: 3}
    assert third == {ok: 7}
