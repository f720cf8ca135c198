"""Each protocol is asked in its own words to go on in TLS; a server that will not is told."""

import asyncio

import pytest

from monitor.plugin import Reason, Status
from monitor.testing import serve_stream

LDAP_DONE = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
LDAP_LONG = b"\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00"
LDAP_NO = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00"
FEATURES = b"<?xml version='1.0'?><stream:stream><stream:features>%s</stream:features>"
TLS_FEATURE = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
XMPP_STREAM = (
    b"<?xml version='1.0'?><stream:stream to='127.0.0.1' xmlns='jabber:client' "
    b"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
)

GREETINGS = {
    "smtp": [
        (b"", b"220-mail.example\r\n220 ready\r\n"),
        (b"EHLO monitor.invalid\r\n", b"250-mail.example\r\n250-SIZE 9\r\n250 STARTTLS\r\n"),
        (b"STARTTLS\r\n", b"220 go\r\n"),
    ],
    "imap": [(b"", b"* OK ready\r\n"), (b"a STARTTLS\r\n", b"* CAPABILITY IMAP4rev1\r\na OK go\r\n")],
    "pop3": [(b"", b"+OK ready\r\n"), (b"STLS\r\n", b"+OK go\r\n")],
    "ftp": [(b"", b"220-one\r\n220-two\r\n220 ready\r\n"), (b"AUTH TLS\r\n", b"234 go\r\n")],
    "ldap": [(b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037", LDAP_DONE)],
    "postgres": [(b"\x00\x00\x00\x08\x04\xd2\x16\x2f", b"S")],
    "xmpp": [
        (
            XMPP_STREAM,
            FEATURES % TLS_FEATURE,
        ),
        (b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
    ],
}


async def seen_after(authority, protocol, turns, *, context=None, **settings):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for expected, answer in turns:
            assert await reader.readexactly(len(expected)) == expected
            writer.write(answer)
        if context is not None:
            await writer.start_tls(context)
        await reader.read()

    async with serve_stream(talk) as target:
        return await authority.looked(target, starttls=protocol, **settings)


@pytest.mark.parametrize("protocol", GREETINGS)
async def test_each_protocol_goes_on_in_tls(authority, protocol):
    leaf = authority.leaf()

    found = await seen_after(
        authority, protocol, GREETINGS[protocol], context=authority.context(leaf, authority.middle)
    )

    assert found.status is Status.UP, found.detail


async def test_a_fault_is_seen_through_starttls_too(authority, values):
    leaf = authority.leaf(names=("other.example",))

    found = await seen_after(
        authority, "ldap", [(GREETINGS["ldap"][0][0], LDAP_LONG)], context=authority.context(leaf, authority.middle)
    )

    assert (found.status, found.reason) == (Status.DOWN, Reason.CERTIFICATE_NAME)
    assert values(found)["probe_ssl_earliest_cert_expiry"] == leaf.certificate.not_valid_after_utc.timestamp()


@pytest.mark.parametrize(
    ("protocol", "turns", "words"),
    [
        ("smtp", [(b"", b"554 no\r\n")], "answered '554 no' before TLS, expected '220'"),
        ("smtp", [(b"", b"220 a\r\n"), (b"EHLO", b"250 SIZE 9\r\n")], "does not offer STARTTLS"),
        ("imap", [(b"", b"* OK\r\n"), (b"a STARTTLS\r\n", b"a BAD what\r\n")], "answered 'a BAD what'"),
        ("pop3", [(b"", b"+OK\r\n"), (b"STLS\r\n", b"-ERR\r\n")], "answered '-ERR'"),
        ("ftp", [(b"", b"220 a\r\n"), (b"AUTH TLS\r\n", b"534 no\r\n")], "answered '534 no'"),
        ("ldap", [(b"0", LDAP_NO)], "refuses STARTTLS"),
        ("ldap", [(b"0", b"HTTP/1.1 400 Bad Request\r\n")], "no LDAP message"),
        ("postgres", [(b"\x00", b"N")], "answered 'N' before TLS"),
        ("xmpp", [(b"<", FEATURES % b"")], "does not offer STARTTLS"),
    ],
)
async def test_a_server_that_will_not_is_told(authority, protocol, turns, words):
    found = await seen_after(authority, protocol, turns)

    assert (found.status, found.reason) == (Status.DOWN, Reason.PROTOCOL)
    assert words in found.detail


@pytest.mark.parametrize("protocol", ["smtp", "imap", "pop3", "ftp", "postgres"])
async def test_what_is_slipped_in_before_tls_is_refused(authority, protocol):
    *turns, (expected, answer) = GREETINGS[protocol]

    found = await seen_after(authority, protocol, [*turns, (expected, answer + b"250 slipped in\r\n")])

    assert (found.status, found.reason) == (Status.DOWN, Reason.PROTOCOL)
    assert "more before TLS" in found.detail


@pytest.mark.parametrize(
    ("protocol", "flood"),
    [("smtp", b"220-x\r\n"), ("imap", b"* OK\r\n"), ("xmpp", b"<a>"), ("pop3", b"+" * 100), ("ftp", b"220-\r\n")],
)
async def test_endless_words_before_tls_have_an_end(authority, protocol, flood):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2000):
            writer.write(flood * 100)
            await writer.drain()

    async with serve_stream(talk) as target:
        found = await authority.looked(target, starttls=protocol)

    assert found.status is Status.DOWN
    assert found.reason in {Reason.TOO_LARGE, Reason.PROTOCOL}
