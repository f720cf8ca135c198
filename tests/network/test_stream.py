"""A stream reads what was asked for, keeps no more than a little, and turns into TLS only when nothing lies between."""

import asyncio
import ssl

import pytest

from monitor.network.stream import HIGH_WATER_BYTES
from monitor.observation import Reason
from monitor.plugin import ProbeError, TlsConfig


async def endlessly(stream):
    while True:
        await stream.write(b"a" * 1024 * 1024)
        await asyncio.sleep(0)


def saying(data, *, then_wait=False):
    async def talk(reader, writer):
        writer.write(data)
        await writer.drain()
        if then_wait:
            await reader.read()

    return talk


async def test_lines_and_exact_pieces_are_read(look, serve):
    server = await serve(saying(b"220 ready\r\nplain\n\nabcdefrest"))

    async with look().connect("127.0.0.1", server.port) as stream:
        read = [await stream.read_line(), await stream.read_line(), await stream.read_line()]
        read += [await stream.read_exactly(6), await stream.read(100), await stream.read(100)]

    assert read == [b"220 ready", b"plain", b"", b"abcdef", b"rest", b""]


async def test_what_is_written_arrives(look, serve):
    async def talk(reader, writer):
        writer.write((await reader.readexactly(5)).upper())

    server = await serve(talk)

    async with look().connect("127.0.0.1", server.port) as stream:
        await stream.write(b"hello")
        assert await stream.read_exactly(5) == b"HELLO"


@pytest.mark.parametrize("data", [b"a" * 9000, b"a" * 8193 + b"\n"])
async def test_a_line_that_is_too_long_is_refused_at_once(look, serve, data):
    server = await serve(saying(data, then_wait=True))

    async with look().connect("127.0.0.1", server.port) as stream:
        with pytest.raises(ProbeError) as caught:
            await stream.read_line()

    assert caught.value.reason is Reason.TOO_LARGE


async def test_a_line_of_just_the_length_is_read(look, serve):
    server = await serve(saying(b"a" * 10 + b"\r\n" + b"b" * 10 + b"\n"))

    async with look().connect("127.0.0.1", server.port) as stream:
        assert [await stream.read_line(10), await stream.read_line(10)] == [b"a" * 10, b"b" * 10]


async def test_an_early_end_is_a_disconnection(look, serve):
    server = await serve(saying(b"abc"))

    for read in ("read_line", "read_exactly"):
        async with look().connect("127.0.0.1", server.port) as stream:
            with pytest.raises(ProbeError) as caught:
                await (stream.read_line() if read == "read_line" else stream.read_exactly(4))
        assert caught.value.reason is Reason.DISCONNECTED


async def test_a_flood_waits_at_the_door(look, serve):
    sent = 0

    async def talk(reader, writer):
        nonlocal sent
        while True:
            writer.write(b"a" * 65536)
            await writer.drain()
            sent += 65536

    server = await serve(talk)

    async with look().connect("127.0.0.1", server.port) as stream:
        await asyncio.sleep(0.1)
        kept = len(stream._pipe.buffer)
        got = await stream.read_exactly(1024 * 1024)

    assert kept <= HIGH_WATER_BYTES + 256 * 1024  # one read of the loop's above the mark
    assert got == b"a" * 1024 * 1024


async def test_no_absurd_number_of_bytes_is_waited_for(look, serve):
    server = await serve(saying(b"x", then_wait=True))

    async with look().connect("127.0.0.1", server.port) as stream:
        with pytest.raises(ProbeError) as caught:
            await stream.read_exactly(10**12)

    assert caught.value.reason is Reason.TOO_LARGE


async def test_writing_waits_for_a_peer_that_does_not_read_and_closing_does_not(look, serve, settled):
    async def talk(reader, writer):
        await asyncio.sleep(60)

    server = await serve(talk)

    async with look().connect("127.0.0.1", server.port) as stream:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(endlessly(stream), 0.2)

    assert await settled(more=2) <= 2  # the server and its end


async def test_writing_to_a_closed_connection_is_an_os_error(look, serve):
    server = await serve(saying(b""))

    async with look().connect("127.0.0.1", server.port) as stream:
        await stream.read(1)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            await asyncio.wait_for(endlessly(stream), 2)


async def test_a_stream_turns_into_tls(look, serve, authority):
    context = authority.server("127.0.0.1")

    async def talk(reader, writer):
        writer.write(b"220 ready\r\n")
        await reader.readuntil(b"STARTTLS\r\n")
        writer.write(b"220 go\r\n")
        await writer.drain()
        await writer.start_tls(context)
        writer.write(b"secret\n")
        await writer.drain()
        await reader.read()

    server = await serve(talk)
    vantage = look()

    async with vantage.connect("127.0.0.1", server.port) as stream:
        await stream.read_line()
        await stream.write(b"STARTTLS\r\n")
        await stream.read_line()
        facts = await stream.start_tls(TlsConfig(ca_file=authority.ca_file))
        line = await stream.read_line()

    assert (line, facts.chain[0].subject, stream.tls) == (b"secret", "CN=leaf", facts)
    assert {"connect", "tls"} <= set(vantage.phases)


async def test_what_was_sent_before_tls_is_not_read_as_if_it_came_through_it(look, serve):
    server = await serve(saying(b"220 go\r\ninjected\r\n", then_wait=True))

    async with look().connect("127.0.0.1", server.port) as stream:
        await stream.read_line()
        with pytest.raises(ProbeError) as caught:
            await stream.start_tls()

    assert caught.value.reason is Reason.PROTOCOL


async def test_verification_that_fails_is_an_ssl_error(look, serve, settled, authority):
    server = await serve(saying(b""), tls=authority.server("other.example"))

    with pytest.raises(ssl.SSLCertVerificationError):
        async with look().connect("127.0.0.1", server.port, tls_config=TlsConfig(ca_file=authority.ca_file)):
            pass

    server.server.close()
    assert await settled() <= 0


async def test_cancelling_closes_the_connection(look, serve, settled):
    server = await serve(saying(b"", then_wait=True))

    async def wait():
        async with look().connect("127.0.0.1", server.port) as stream:
            await stream.read(1)

    running = asyncio.create_task(wait())
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    server.server.close()
    assert await settled() <= 0


async def test_closing_the_run_wakes_a_probe_that_would_not_be_cancelled(look, serve, settled):
    server = await serve(saying(b"", then_wait=True))
    vantage = look()

    async def stubborn():
        async with vantage.connect("127.0.0.1", server.port) as stream:
            while True:
                try:
                    return await stream.read(1)
                except asyncio.CancelledError:
                    continue

    running = asyncio.create_task(stubborn())
    await asyncio.sleep(0.05)
    running.cancel()
    await asyncio.sleep(0.05)

    vantage.close()

    assert await asyncio.wait_for(running, 1) == b""
    server.server.close()
    assert await settled() <= 0


@pytest.mark.parametrize(("spoken", "agreed"), [(["h2", "http/1.1"], "h2"), (["http/1.1"], "")])
async def test_protocol_that_is_agreed_on_is_told(look, serve, authority, spoken, agreed):
    context = authority.server("127.0.0.1")
    context.set_alpn_protocols(spoken)
    server = await serve(saying(b"x"), tls=context)

    config = TlsConfig(ca_file=authority.ca_file)
    async with look().connect("127.0.0.1", server.port, tls_config=config, alpn=("h2",)) as stream:
        assert stream.tls.alpn == agreed
