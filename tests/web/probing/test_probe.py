"""/probe answers as blackbox_exporter answers, reaches only what is allowed, and ends in time."""

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from monitor.clock import SystemClock
from monitor.config.modules import modules_in
from monitor.modules import our_kinds
from monitor.network import Network
from monitor.settings import Allow, OnRequest, Settings
from monitor.vitals import Vitals
from monitor.web.probing import PROBING, History, Prober, Probing, probe

MODULES = """
modules:
  http_2xx: {prober: http, timeout: 2s}
  no_timeout: {prober: http}
  quick: {prober: http, timeout: 300ms}
  tcp: {prober: tcp}
  cel: {prober: http, http: {fail_if_body_json_not_matches_cel: "body.pending < 10"}}
  basic: {prober: http, http: {basic_auth: {username: me, password: canary-77ab}}}
"""
KINDS = our_kinds()
LOOPBACK = Allow(networks=(ip_network("127.0.0.0/8"),))


@asynccontextmanager
async def endpoint(allow=LOOPBACK, **settings):
    on_request = OnRequest(allow=allow, **settings)
    clock, vitals = SystemClock(), Vitals()
    network = Network(Settings(probe=on_request), clock, vitals)
    prober = Prober(network, clock, vitals, on_request)
    prober.modules = modules_in("blackbox.yml", MODULES, KINDS)[0]
    app = web.Application()
    app[PROBING] = Probing(prober=prober, remedy="start with --allow", history=History(10))
    app.router.add_get("/probe", probe)
    async with TestClient(TestServer(app)) as client:
        yield client
    await prober.stop(timedelta(seconds=1))
    await network.close()


@asynccontextmanager
async def target(handler):
    async with TestServer(routed(handler)) as server:
        yield f"127.0.0.1:{server.port}"


def routed(handler):
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    return app


async def ok(request):
    return web.Response(text="hello")


async def samples(client, **query):
    async with client.get("/probe", params=query) as answer:
        text = await answer.text()
        assert answer.status == 200, text
    return {
        sample.name + "".join(sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def said(client, headers=None, **query):
    async with client.get("/probe", params=query, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_a_good_answer_is_a_success():
    async with target(ok) as place, endpoint() as client:
        found = await samples(client, target=place)

    assert (found["probe_success"], found["probe_http_status_code"], found["probe_ip_protocol"]) == (1, 200, 4)


async def test_an_ip4_address_in_ip6_clothes_is_one_of_ip4():
    async with target(ok) as place, endpoint() as client:
        plain = await samples(client, target=place)
        mapped = await samples(client, target=place.replace("127.0.0.1", "[::ffff:127.0.0.1]"))

    assert (mapped["probe_success"], mapped["probe_ip_protocol"]) == (1, 4)
    assert mapped["probe_ip_addr_hash"] == plain["probe_ip_addr_hash"]


async def test_an_address_that_is_not_allowed_is_not_connected_to():
    asked = []

    async def handler(request):
        asked.append(request.path)
        return await ok(request)

    allow = Allow(networks=(ip_network("127.0.0.2/32"),))
    async with target(handler) as place, endpoint(allow) as client:
        found = await samples(client, target=place)

    assert (found["probe_success"], found["probe_failure_infoegress"], asked) == (0, 1, [])


async def test_a_redirect_is_not_followed_to_where_nothing_is_allowed():
    asked = []

    async def secret(request):
        asked.append(request.path)
        return await ok(request)

    async with TestServer(routed(secret), host="127.0.0.2") as inside:

        async def handler(request):
            return web.Response(status=302, headers={"Location": f"http://127.0.0.2:{inside.port}/"})

        allow = Allow(networks=(ip_network("127.0.0.1/32"),))
        async with target(handler) as place, endpoint(allow) as client:
            found = await samples(client, target=place)

    assert (found["probe_success"], found["probe_failure_inforedirect"], asked) == (0, 1, [])


async def test_nothing_is_probed_while_nothing_is_allowed():
    async with endpoint(Allow()) as client:
        assert await said(client, target="127.0.0.1") == (403, "Nothing may be probed: start with --allow\n")


async def test_a_page_of_another_site_gets_nothing():
    async with endpoint() as client:
        status, _ = await said(client, headers={"Sec-Fetch-Site": "cross-site"}, target="127.0.0.1")

    assert status == 403


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ({"module": "nothing"}, (400, 'Unknown module "nothing"\n')),
        ({}, (400, "Target parameter is missing\n")),
        ({"target": "x" * 5000}, (400, "Target parameter is longer than 4096 letters\n")),
    ],
)
async def test_a_wrong_request_gets_the_status_of_blackbox_exporter(query, answer):
    async with endpoint() as client:
        assert await said(client, **query) == answer


async def test_a_timeout_header_that_is_no_number_is_refused():
    async with endpoint() as client:
        status, text = await said(client, {"X-Prometheus-Scrape-Timeout-Seconds": "soon"}, target="127.0.0.1:1")

    assert status == 500
    assert "Failed to parse timeout from Prometheus header" in text


@pytest.mark.parametrize("header", ["0.5", "nan", "1e300"])
async def test_a_target_is_left_alone_when_no_time_is_left(header):
    asked = []

    async def handler(request):
        asked.append(request.path)
        return await ok(request)

    async with target(handler) as place, endpoint() as client:
        status, text = await said(
            client, {"X-Prometheus-Scrape-Timeout-Seconds": header}, target=place, module="no_timeout"
        )

    assert (status, asked) == (200, [])
    assert 'probe_failure_info{reason="timeout"} 1' in text


async def test_a_target_that_is_none_fails_by_name():
    async with endpoint() as client:
        found = await samples(client, target="127.0.0.1", module="tcp")

    assert (found["probe_success"], found["probe_failure_infotarget"]) == (0, 1)
    assert "probe_ip_protocol" not in found


async def stalled(reader, writer):
    with suppress(ConnectionError):
        await reader.read()
    writer.close()


async def test_a_target_that_stalls_ends_in_time():
    server = await asyncio.start_server(stalled, "127.0.0.1", 0)
    async with server, endpoint() as client:
        port = server.sockets[0].getsockname()[1]
        began = asyncio.get_running_loop().time()
        found = await samples(client, target=f"127.0.0.1:{port}", module="quick")
        took = asyncio.get_running_loop().time() - began

    assert (found["probe_success"], found["probe_failure_infotimeout"]) == (0, 1)
    assert 0.3 <= took < 2


async def test_no_more_probes_are_taken_at_once_than_allowed():
    server = await asyncio.start_server(stalled, "127.0.0.1", 0)
    async with server, endpoint(at_once=2) as client:
        place = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        answers = await asyncio.gather(*(said(client, target=place, module="quick") for _ in range(5)))

    assert sorted(status for status, _ in answers) == [200, 200, 503, 503, 503]


@pytest.mark.parametrize(("pending", "found"), [(3, (1, 0)), (30, (0, 1))])
async def test_a_condition_in_cel_has_its_sample(pending, found):
    pytest.importorskip("cel_expr_python", reason="the Python package cel-expr-python is not installed")

    async def handler(request):
        return web.json_response({"pending": pending})

    async with target(handler) as place, endpoint() as client:
        seen = await samples(client, target=place, module="cel")
        silent = await samples(client, target="127.0.0.1:1", module="cel")
        other = await samples(client, target=place)

    assert (seen["probe_success"], seen["probe_failed_due_to_cel"]) == found
    assert (silent["probe_success"], silent["probe_failed_due_to_cel"]) == (0, 0)
    assert "probe_failed_due_to_cel" not in other


async def test_debug_shows_everything_but_secrets():
    async with target(ok) as place, endpoint() as client:
        status, text = await said(client, target=place, module="basic", debug="true")

    assert status == 200
    assert "Logs for the probe:" in text
    assert "Metrics that would have been returned:" in text
    assert "probe_success 1.0" in text
    assert "password: <secret>" in text
    assert "canary" not in text


async def test_secrets_of_the_file_are_sent():
    async def handler(request):
        return web.Response(status=200 if request.headers.get("Authorization", "").startswith("Basic ") else 401)

    async with target(handler) as place, endpoint() as client:
        found = await samples(client, target=place, module="basic")

    assert found["probe_http_status_code"] == 200
