"""What a server shows is known whether it can be trusted, is out of date, or does not go on with us."""

import asyncio
import ssl

import pytest

from monitor.network.inspection import HUNG_UP, MOST_PATIENCE_SECONDS
from monitor.observation import Reason
from monitor.plugin import ProbeError, TlsConfig

HOST = "127.0.0.1"


async def hold(reader, writer):
    await reader.read()


def old(context, version=ssl.TLSVersion.TLSv1):
    context.minimum_version = context.maximum_version = version
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def demanding(context, authority, version):
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.ca_file)
    context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_a_server_that_is_out_of_date_is_still_seen(look, serve, authority):
    server = await serve(hold, tls=old(authority.server(HOST)))

    facts = await look().certificates(HOST, server.port, TlsConfig(ca_file=authority.ca_file))

    assert (facts.version, facts.reason) == ("TLS 1.0", Reason.CERTIFICATE_WEAK)
    assert "hangs up" in facts.problem  # asyncio's servers send no alert
    assert (len(facts.chain), facts.verified_chain) == (2, ())


async def test_the_lowest_version_is_a_limit_to_judge_by(look, serve, authority):
    context = authority.server(HOST)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    server = await serve(hold, tls=context)
    config = TlsConfig(ca_file=authority.ca_file, min_version="TLS13")

    facts = await look().certificates(HOST, server.port, config)

    assert (facts.version, facts.reason) == ("TLS 1.2", Reason.CERTIFICATE_WEAK)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_client_certificate_that_is_demanded_is_noticed(look, serve, authority, version):
    server = await serve(hold, tls=demanding(authority.server(HOST), authority, version))
    with_it = TlsConfig(ca_file=authority.ca_file, cert_file=authority.leaf("client"))

    without = await look().certificates(HOST, server.port, TlsConfig(ca_file=authority.ca_file))
    accepted = await look().certificates(HOST, server.port, with_it)

    assert without.refusal == HUNG_UP  # asyncio's servers send no alert
    assert without.problem == ""
    assert [len(one.verified_chain) for one in (without, accepted)] == [2, 2]
    assert accepted.refusal == ""


async def test_what_is_said_before_tls_is_up_to_the_caller(look, serve, authority):
    context = authority.server(HOST)

    async def after_a_word(reader, writer):
        writer.write(b"ready\n")
        assert await reader.readline() == b"tls\n"
        writer.write(b"ok\n")
        await writer.start_tls(context)
        await reader.read()

    async def opening(stream):
        assert await stream.read_line() == b"ready"
        await stream.write(b"tls\n")
        assert await stream.read_line() == b"ok"

    server = await serve(after_a_word)

    facts = await look().certificates(HOST, server.port, TlsConfig(ca_file=authority.ca_file), opening=opening)

    assert (facts.version, facts.problem) == ("TLS 1.3", "")


async def test_what_is_slipped_in_before_tls_is_refused(look, serve):
    async def slip(reader, writer):
        writer.write(b"ok\nslipped in\n")
        await reader.read()

    async def opening(stream):
        await stream.read_line()

    server = await serve(slip)

    with pytest.raises(ProbeError) as caught:
        await look().certificates(HOST, server.port, opening=opening)

    assert caught.value.reason is Reason.PROTOCOL


async def test_a_server_that_hangs_up_is_disconnected(look, serve):
    async def hang_up(reader, writer):
        await reader.read(1)

    server = await serve(hang_up)

    with pytest.raises(ConnectionResetError):
        await look().certificates(HOST, server.port)


async def test_a_server_that_then_says_nothing_is_not_waited_for_long(look, serve, authority):
    server = await serve(hold, tls=authority.server(HOST))

    async def silent_after_the_handshake(reader, writer):
        """Pass on what both sides say until the handshake is over; then nothing more comes back."""
        behind, before = await asyncio.open_connection(HOST, server.port)
        try:
            before.write(await reader.read(65536))
            writer.write(await behind.read(65536))
            before.write(await reader.read(65536))
            await reader.read()
        finally:
            before.close()

    between = await serve(silent_after_the_handshake)
    began = asyncio.get_running_loop().time()

    facts = await look().certificates(HOST, between.port, TlsConfig(ca_file=authority.ca_file))

    assert (facts.version, facts.refusal) == ("TLS 1.3", "")
    assert asyncio.get_running_loop().time() - began < MOST_PATIENCE_SECONDS + 1


async def test_an_endless_answer_has_an_end(look, serve):
    async def flood(reader, writer):
        await reader.read(1)
        empty_fragment = b"\x16\x03\x03\x40\x00" + b"\x0b\xff\xff\xff" + b"\0" * (0x4000 - 4)
        for _ in range(1000):
            writer.write(empty_fragment)
            await writer.drain()

    server = await serve(flood)

    with pytest.raises(ssl.SSLError):
        await look().certificates(HOST, server.port)


async def test_nothing_stays_open(look, serve, settled, authority):
    server = await serve(hold, tls=authority.server("other.example"))

    for _ in range(5):
        await look().certificates(HOST, server.port, TlsConfig(ca_file=authority.ca_file))
    server.server.close()

    assert await settled() <= 0
