"""Whatever prober and wherever its target stalls, /probe has answered 250 ms after the timeout at the latest."""

import asyncio
import json
import shutil
import ssl
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from monitor.clock import SystemClock
from monitor.config.modules import modules_in
from monitor.modules import our_kinds
from monitor.network import Network
from monitor.settings import Allow, Nameservers, OnRequest, Settings
from monitor.testing import crowded, dripping, serve, serve_stream, serve_tls, stalled
from monitor.vitals import Vitals
from monitor.web.probing import PROBING, Prober, Probing, probe

TIMEOUT_SECONDS = 0.3
LATEST_SECONDS = TIMEOUT_SECONDS + 0.25
KINDS = our_kinds()
MODULES = """
modules:
  http: {prober: http, timeout: 300ms, http: {compression: gzip, tls_config: {insecure_skip_verify: true}}}
  http_strict: {prober: http, timeout: 300ms}
  http_proxy: {prober: http, timeout: 300ms, http: {proxy_url: "http://SERVER"}}
  http_token:
    prober: http
    timeout: 300ms
    http: {oauth2: {client_id: me, client_secret: it, token_url: "http://SERVER/token"}}
  tcp: {prober: tcp, timeout: 300ms}
  tcp_tls: {prober: tcp, timeout: 300ms, tcp: {tls: true}}
  tcp_expect: {prober: tcp, timeout: 300ms, tcp: {query_response: [{expect: ^220, send: EHLO}, {expect: ^250}]}}
  tcp_bytes: {prober: tcp, timeout: 300ms, tcp: {query_response: [{expect_bytes: "+OK"}]}}
  tcp_starttls:
    prober: tcp
    timeout: 300ms
    tcp: {query_response: [{expect: ^220, send: STARTTLS}, {expect: ^220, starttls: true}, {expect: ^250}]}
  dns: {prober: dns, timeout: 300ms, dns: {query_name: hue.example}}
  dns_tcp: {prober: dns, timeout: 300ms, dns: {query_name: hue.example, transport_protocol: tcp}}
  dns_tls: {prober: dns, timeout: 300ms, dns: {query_name: hue.example, transport_protocol: tcp, dns_over_tls: true}}
  icmp: {prober: icmp, timeout: 300ms}
  grpc: {prober: grpc, timeout: 300ms}
  grpc_tls: {prober: grpc, timeout: 300ms, grpc: {tls: true, tls_config: {insecure_skip_verify: true}}}
  by_the_scrape: {prober: tcp, tcp: {query_response: [{expect: ^220}]}}
"""
HELLO = b"\x16\x03\x03\x00\x7a\x02"
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
HEADERS = b"\x00\x00\x01\x01\x04\x00\x00\x00\x01\x88"


@asynccontextmanager
async def endpoint(*, nameservers=(), server="", modules=MODULES):
    on_request = OnRequest(
        allow=Allow(networks=(ip_network("127.0.0.0/8"),), hosts=("*.example",)), timeout_offset=timedelta(seconds=0.5)
    )
    clock, vitals = SystemClock(), Vitals()
    servers = Nameservers(servers=tuple(nameservers)) if nameservers else Nameservers()
    network = Network(Settings(probe=on_request, nameservers=servers), clock, vitals)
    prober = Prober(network, clock, vitals, on_request)
    prober.modules, problems = modules_in("blackbox.yml", modules.replace("SERVER", server or "127.0.0.1:9"), KINDS)
    assert problems == ()
    app = web.Application()
    app[PROBING] = Probing(prober=prober, remedy="")
    app.router.add_get("/probe", probe)
    async with TestClient(TestServer(app)) as client:
        yield client
    await prober.stop(timedelta(seconds=1))
    await network.close()


async def asked(client, module, target, **headers):
    """Return the samples, and the seconds until they came."""
    began = time.perf_counter()
    async with client.get("/probe", params={"module": module, "target": target}, headers=headers) as answer:
        text = await answer.text()
    took = time.perf_counter() - began
    families = text_string_to_metric_families(text)
    return {
        sample.name + "".join(sample.labels.values()): sample.value for family in families for sample in family.samples
    }, took


def saying(*pieces):
    """Return a server that says a piece, the next one after each line that it hears, and then nothing."""

    async def talk(reader, writer):
        for piece in pieces:
            writer.write(piece)
            await reader.readline()
        await asyncio.sleep(60)

    return partial(serve_stream, talk)


async def deaf(reader, _):
    reader._transport.pause_reading()
    await asyncio.sleep(60)


@asynccontextmanager
async def over_tls(*pieces, protocol="http/1.1"):
    """Serve bytes behind a good handshake."""
    async with serve_tls() as files:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        folder = Path(files.ca_file).parent
        context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
        context.set_alpn_protocols([protocol])

        async def talk(reader, writer):
            await reader.read(1)
            writer.writelines(pieces)
            await asyncio.sleep(60)

        async with serve_stream(talk, tls=context) as address:
            yield address


@asynccontextmanager
async def leading_to_silence():
    async with stalled() as silent:

        async def answer(_):
            return web.Response(status=302, headers={"Location": f"http://{silent}/"})

        async with serve(answer) as url:
            yield url.removeprefix("http://")


def body(*pieces):
    return saying(b"HTTP/1.1 200 OK\r\n" + b"".join(pieces))


OPEN = b"Transfer-Encoding: chunked\r\n\r\n"
STALLS = {
    "http": {
        "connecting": ("http", crowded),
        "answer": ("http", stalled),
        "headers": ("http", body(b"Content-")),
        "dripping headers": ("http", partial(dripping, b"X: y\r\n", b"HTTP/1.1 200 OK\r\n")),
        "body": ("http", body(b"Content-Length: 9\r\n\r\nhalf")),
        "trailer": ("http", body(OPEN, b"4\r\nhalf\r\n0\r\n")),
        "redirect": ("http", leading_to_silence),
    },
    "tcp": {
        "connecting": ("tcp", crowded),
        "handshake": ("tcp_tls", stalled),
        "amid the handshake": ("tcp_tls", saying(HELLO)),
        "greeting": ("tcp_expect", stalled),
        "amid the greeting": ("tcp_expect", saying(b"220")),
        "dripping greeting": ("tcp_expect", partial(dripping, b"x\n")),
        "second step": ("tcp_expect", saying(b"220 here\n")),
        "bytes": ("tcp_bytes", saying(b"+O")),
        "turning to TLS": ("tcp_starttls", saying(b"220 here\n", b"220 go\n")),
    },
    "dns": {
        "silence": ("dns", stalled),
        "connecting": ("dns_tcp", crowded),
        "first byte": ("dns_tcp", stalled),
        "amid the length": ("dns_tcp", saying(b"\x00")),
        "amid the message": ("dns_tcp", saying(b"\x00\x20abc")),
        "connecting for TLS": ("dns_tls", crowded),
        "handshake": ("dns_tls", stalled),
        "amid the handshake": ("dns_tls", saying(HELLO)),
    },
    "grpc": {
        "connecting": ("grpc", crowded),
        "settings": ("grpc", stalled),
        "headers": ("grpc", saying(SETTINGS)),
        "message": ("grpc", saying(SETTINGS + HEADERS)),
        "amid the message": ("grpc", saying(SETTINGS + HEADERS + b"\x00\x00\x09\x00\x00\x00\x00\x00\x01half")),
        "handshake": ("grpc_tls", stalled),
        "amid the handshake": ("grpc_tls", saying(HELLO)),
        "settings over TLS": ("grpc_tls", partial(over_tls, protocol="h2")),
        "message over TLS": ("grpc_tls", partial(over_tls, SETTINGS, HEADERS, protocol="h2")),
    },
}
ALL = [pytest.param(*case, id=f"{prober}-{name}") for prober, some in STALLS.items() for name, case in some.items()]
SENDING = """
modules:
  http: {prober: http, timeout: 300ms, http: {method: POST, body: BODY}}
  tcp: {prober: tcp, timeout: 300ms, tcp: {query_response: [{send: BODY}, {expect: ^250}]}}
"""
HTTPS = {"handshake": stalled, "amid the handshake": saying(HELLO), "answer": over_tls}


def is_late(samples, took):
    """Return whether the samples are anything but those of a look that ran out of time, in time."""
    is_timeout = (samples["probe_success"], samples.get("probe_failure_infotimeout")) == (0, 1)
    return not is_timeout or not TIMEOUT_SECONDS - 0.05 <= took < LATEST_SECONDS


@pytest.mark.parametrize(("module", "server"), ALL)
async def test_stall_ends_in_time(module, server):
    async with server() as address, endpoint() as client:
        samples, took = await asked(client, module, address)

    assert not is_late(samples, took), (took, samples)


@pytest.mark.parametrize("module", ["http", "tcp"])
async def test_stall_while_sending_ends_in_time(module):
    modules = SENDING.replace("BODY", "x" * 8_000_000)
    async with serve_stream(deaf) as address, endpoint(modules=modules) as client:
        samples, took = await asked(client, module, address)

    assert not is_late(samples, took), (took, samples)


@pytest.mark.parametrize("server", HTTPS.values(), ids=HTTPS)
async def test_stall_over_tls_ends_in_time(server):
    async with server() as address, endpoint() as client:
        samples, took = await asked(client, "http", f"https://{address}/")

    assert not is_late(samples, took), (took, samples)


@pytest.mark.parametrize("module", ["http_proxy", "http_token"])
@pytest.mark.parametrize("server", [crowded, stalled, body(b"Content-Type: te")], ids=["connecting", "answer", "head"])
async def test_stall_of_a_server_that_the_module_names_ends_in_time(module, server):
    async with server() as address, endpoint(server=address) as client:
        samples, took = await asked(client, module, "https://target.example/")

    assert not is_late(samples, took), (took, samples)


@pytest.mark.parametrize("module", ["http", "tcp", "dns", "dns_tcp", "icmp", "grpc", "grpc_tls"])
async def test_name_that_does_not_resolve_ends_in_time(module):
    port = ":9" if module in {"tcp", "grpc", "grpc_tls"} else ""
    async with stalled() as nameserver, endpoint(nameservers=[nameserver]) as client:
        samples, took = await asked(client, module, f"nobody.example{port}")

    assert not is_late(samples, took), (took, samples)


async def test_scrape_timeout_less_the_offset_is_kept():
    async with stalled() as address, endpoint() as client:
        header = {"X-Prometheus-Scrape-Timeout-Seconds": "0.8"}
        samples, took = await asked(client, "by_the_scrape", address, **header)

    assert not is_late(samples, took), (took, samples)


async def test_second_handshake_for_the_certificates_stays_within_the_time():
    connections = 0

    async def first_only(reader, writer):
        nonlocal connections
        connections += 1
        if connections > 1:
            await asyncio.sleep(60)
        inner_reader, inner_writer = await asyncio.open_connection(*server.target.split(":"))

        async def pump(source, sink):
            while data := await source.read(65536):
                sink.write(data)

        await asyncio.wait(
            [asyncio.create_task(pump(reader, inner_writer)), asyncio.create_task(pump(inner_reader, writer))],
            return_when=asyncio.FIRST_COMPLETED,
        )
        inner_writer.close()

    async with serve_tls() as server, serve_stream(first_only) as address, endpoint() as client:
        samples, took = await asked(client, "http_strict", f"https://{address}/")

    assert connections == 2
    assert samples["probe_failure_infocertificate_untrusted"] == 1
    assert took < LATEST_SECONDS


SILENT = """
import asyncio, json, sys
sys.path[:0] = json.loads(sys.argv[1])
from test_deadlines import asked, endpoint

async def main():
    async with endpoint() as client:
        print(json.dumps(await asked(client, "icmp", "127.0.0.1")))

asyncio.run(main())
"""


def test_echo_that_nobody_answers_ends_in_time():
    ready = "ip link set lo up && sysctl -qw net.ipv4.icmp_echo_ignore_all=1"
    words = ["unshare", "--net", "sh", "-c", f'{ready} && exec "$@"', "sh"]
    has_tools = all(map(shutil.which, ("unshare", "ip", "sysctl")))
    if not has_tools or subprocess.run([*words, "true"], check=False).returncode:
        pytest.skip("no network namespace can be made: run as root, with iproute2 and procps installed")

    done = subprocess.run(
        [*words, sys.executable, "-c", SILENT, json.dumps([str(Path(__file__).parent)])],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    samples, took = json.loads(done.stdout.splitlines()[-1])
    assert not is_late(samples, took), (took, samples)
