"""What a plugin author tests with tells the truth: good probes pass, and each way to break the contract is named."""

import asyncio
import importlib.util
import ssl
import sys
import textwrap
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web

from monitor.measure import Measure
from monitor.observation import Observation, Reason, Status, up
from monitor.plugin import Vantage
from monitor.testing import (
    assert_conforms,
    configured,
    dripping,
    garbage,
    look,
    refused,
    run,
    serve,
    serve_stream,
    serve_tls,
    stalled,
)

GOOD = '''
from dataclasses import dataclass
from monitor.plugin import *

SIZE = Measure("probe_size_bytes", "Size of the answer.")

@dataclass(frozen=True, kw_only=True)
class Size:
    """Measures the size of an answer."""

    url: Url

    async def observe(self, vantage):
        answer = await vantage.http.request("GET", self.url)
        return up(SIZE(len(answer.body)))

@hookimpl
def monitor_kinds():
    yield ProbeKind("size", Size, measures=[SIZE])
'''


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """Return a function that makes a plugin of a module's text."""

    def make(text: str):
        file = tmp_path / "size_plugin.py"
        file.write_text(textwrap.dedent(text))
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "size_plugin", raising=False)
        spec = importlib.util.spec_from_file_location("size_plugin", file)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "size_plugin", module)
        spec.loader.exec_module(module)
        return module

    return make


async def ok(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def test_good_plugin_conforms(plugin):
    module = plugin(GOOD)

    await assert_conforms(module, lambda address: module.Size(url=f"http://{address}/"))


async def test_look_returns_what_the_daemon_would_see(plugin):
    module = plugin(GOOD)

    async with serve(ok) as url:
        seen = await look(module.Size(url=url))

    assert seen == up(module.SIZE(2))


async def test_undeclared_reading_is_missing_as_on_metrics(plugin):
    module = plugin(GOOD.replace("measures=[SIZE]", "measures=[]"))

    async with serve(ok) as url:
        seen = await look(module.Size(url=url))

    assert seen == up()


async def test_measures_of_the_probe_itself_are_declared_too():
    amount = Measure("probe_amount", "Amount.")

    class Amount:
        def measures(self):
            return [amount]

        async def observe(self, vantage: Vantage) -> Observation:
            return up(amount(3))

    assert await look(Amount()) == up(amount(3))


async def test_synchronous_probe_runs_in_a_thread():
    class Threaded:
        def observe(self, vantage: Vantage) -> Observation:
            with pytest.raises(RuntimeError):
                asyncio.get_running_loop()
            return up(detail=vantage.name)

    assert await look(Threaded()) == up(detail="test")


async def test_probe_that_raises_is_unknown():
    class Broken:
        async def observe(self, vantage: Vantage) -> Observation:
            raise KeyError("x")

    seen = await look(Broken())

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.PLUGIN)


async def test_probe_that_never_ends_is_ended_at_its_timeout():
    class Endless:
        async def observe(self, vantage: Vantage) -> Observation:
            while True:
                try:
                    await asyncio.sleep(0.02)
                except asyncio.CancelledError:
                    if self.cancelled:
                        raise
                    self.cancelled = True

        cancelled = False

    outcome = await run(Endless(), within=timedelta(milliseconds=100))

    assert outcome.observation.reason is Reason.TIMEOUT
    assert 0.1 <= outcome.duration_seconds < 0.35


async def test_look_never_leaves_this_machine():
    class Abroad:
        async def observe(self, vantage: Vantage) -> Observation:
            async with vantage.connect("192.0.2.1", 80):
                return up()

    seen = await look(Abroad())

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.EGRESS)


def test_configured_keeps_the_rules_of_the_configuration(plugin):
    module = plugin(GOOD)

    assert configured(module.Size, {"url": "http://a.example/"}) == module.Size(url="http://a.example/")
    with pytest.raises(ValueError, match="urls"):
        configured(module.Size, {"urls": "http://a.example/"})
    with pytest.raises(ValueError, match="not a URL"):
        configured(module.Size, {"url": "a.example"})


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("def monitor_kinds", "def monitor_kind", "monitor_kinds"),
        ("@hookimpl\n", "", "offers no kinds"),
        ("frozen=True, ", "", "not frozen"),
        (", kw_only=True", "", "positional, write kw_only=True: url"),
        ('    """Measures the size of an answer."""\n', "", "needs a docstring"),
        ("size of an answer.", "size", "needs a docstring"),
        ("url: Url", "url: slice", "type that configuration cannot fill"),
        ('"probe_size_bytes"', '"size_bytes"', "must be called probe_"),
        ('"probe_size_bytes"', '"probe_success"', "monitor itself uses"),
        ('"Size of the answer."', '"bytes"', "not a sentence"),
        ("(self, vantage)", "(self)", "must take self and vantage"),
        ("def observe", "def look", "has no observe"),
        ('ProbeKind("size"', 'ProbeKind("Size!"', "lower-case letters"),
        ("from dataclasses", "import monitor.engine\nfrom dataclasses", "imports monitor.engine"),
        (
            "from dataclasses",
            "from monitor.network.egress import EgressPolicy\nfrom dataclasses",
            "imports monitor.net",
        ),
        ("from dataclasses", "MONITOR_CONTRACT = 2\nfrom dataclasses", "contract 2"),
    ],
)
async def test_breach_of_the_contract_is_named(plugin, before, after, fault):
    assert before in GOOD
    module = plugin(GOOD.replace(before, after))

    with pytest.raises(AssertionError) as raised:
        await assert_conforms(module)

    assert fault in str(raised.value)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("return up()", "it calls a refused target up"),
        ('return degraded(Reason.SLOW, "x")', "it calls a stalled target degraded"),
        ("raise KeyError(1)", "it breaks on a garbage target"),
        ("return None", "it breaks on a dripping target"),
        ("import time; time.sleep(1.1)", "it is busy with a stalled target for"),
    ],
)
async def test_behaviour_that_breaks_the_contract_is_named(plugin, body, fault):
    text = GOOD.replace('answer = await vantage.http.request("GET", self.url)', body)
    module = plugin(text)

    with pytest.raises(AssertionError) as raised:
        await assert_conforms(module, lambda address: module.Size(url=f"http://{address}/"))

    assert fault in str(raised.value)


async def test_stalled_target_connects_and_says_nothing():
    async with stalled() as address:
        reader, writer = await connect(address)
        writer.write(b"hello\n")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.1)
        writer.close()


async def test_refused_target_refuses():
    async with refused() as address:
        with pytest.raises(ConnectionRefusedError):
            await connect(address)


async def test_dripping_target_never_ends():
    async with dripping(b"ab", b"head ", every=0.001) as address:
        reader, writer = await connect(address)

        data = await reader.readexactly(25)
        writer.close()

    assert data == b"head " + b"ab" * 10


async def test_garbage_target_answers_both_protocols():
    class Answer(asyncio.DatagramProtocol):
        def __init__(self) -> None:
            self.received = asyncio.get_running_loop().create_future()

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            self.received.set_result(data)

    async with garbage(b"noise") as address:
        reader, writer = await connect(address)
        writer.write(b"x")
        over_tcp = await reader.read()
        writer.close()
        host, _, port = address.partition(":")
        transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
            Answer, remote_addr=(host, int(port))
        )
        transport.sendto(b"x")
        over_udp = await asyncio.wait_for(protocol.received, 5)
        transport.close()

    assert (over_tcp, over_udp) == (b"noise", b"noise")


async def test_stream_is_served_and_closed_when_its_talk_ends():
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.readline()).upper())

    async with serve_stream(talk) as address:
        reader, writer = await connect(address)
        writer.write(b"xin\n")

        assert await reader.read() == b"XIN\n"
        writer.close()


async def test_certificate_is_good_for_whom_it_names():
    async with serve_tls(ok) as server, ClientSession() as client:
        context = ssl.create_default_context(cafile=server.ca_file)
        async with client.get(server.url, ssl=context) as answer:
            assert await answer.text() == "ok"


async def connect(address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = address.partition(":")
    return await asyncio.open_connection(host, int(port))
