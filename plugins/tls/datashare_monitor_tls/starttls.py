"""What is said before TLS begins, for each protocol that begins without it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from functools import partial
from xml.sax.saxutils import escape

from monitor.plugin import Opening, ProbeError, Reason, Stream

MOST_LINES = 100
MOST_XML_BYTES = 64 * 1024
LDAP_STARTTLS = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
"""An extended request (RFC 4511, 4.14)."""
POSTGRES_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
"""PostgreSQL's manual, 55.7: its length and its code."""
XMPP_STREAM = (
    "<?xml version='1.0'?><stream:stream to='{}' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
)
XMPP_NAMESPACE = b"urn:ietf:params:xml:ns:xmpp-tls"


class Starttls(StrEnum):
    """A protocol that begins without TLS."""

    SMTP = "smtp"
    IMAP = "imap"
    POP3 = "pop3"
    LDAP = "ldap"
    POSTGRES = "postgres"
    FTP = "ftp"
    XMPP = "xmpp"


def opening(protocol: Starttls | None, name: str) -> Opening | None:
    """Return what is to be said to the server called ``name``; None when TLS begins at once."""
    return None if protocol is None else partial(SPOKEN[protocol], name)


async def smtp(_: str, stream: Stream) -> None:
    """RFC 3207."""
    await reply(stream, b"220")
    await stream.write(b"EHLO monitor.invalid\r\n")
    offered = await reply(stream, b"250")
    if not any(line[4:].strip().upper() == b"STARTTLS" for line in offered):
        raise ProbeError(Reason.PROTOCOL, "the server does not offer STARTTLS")
    await stream.write(b"STARTTLS\r\n")
    await reply(stream, b"220")


async def ftp(_: str, stream: Stream) -> None:
    """RFC 4217."""
    await reply(stream, b"220")
    await stream.write(b"AUTH TLS\r\n")
    await reply(stream, b"234")


async def imap(_: str, stream: Stream) -> None:
    """RFC 3501, 6.2.1."""
    expected(await stream.read_line(), b"* OK")
    await stream.write(b"a STARTTLS\r\n")
    for _line in range(MOST_LINES):
        line = await stream.read_line()
        if not line.startswith(b"* "):
            expected(line, b"a OK")
            return
    raise ProbeError(Reason.TOO_LARGE, f"{MOST_LINES} lines and no answer to STARTTLS")


async def pop3(_: str, stream: Stream) -> None:
    """RFC 2595, 4."""
    expected(await stream.read_line(), b"+OK")
    await stream.write(b"STLS\r\n")
    expected(await stream.read_line(), b"+OK")


async def postgres(_: str, stream: Stream) -> None:
    """PostgreSQL's manual, 55.2.10."""
    await stream.write(POSTGRES_SSL_REQUEST)
    expected(await stream.read_exactly(1), b"S")


async def ldap(_: str, stream: Stream) -> None:
    """RFC 4511, 4.14: an extended response with the result code success."""
    await stream.write(LDAP_STARTTLS)
    tag, length = await stream.read_exactly(2)
    size = length
    if length & 0x80:
        size = int.from_bytes(await stream.read_exactly(min(length & 0x7F, 4)), "big")
    if tag != 0x30 or not 8 <= size <= 4096:
        raise ProbeError(Reason.PROTOCOL, "the answer to STARTTLS is no LDAP message")
    body = await stream.read_exactly(size)
    if not re.match(rb"\x02\x01\x01\x78(?:[\x00-\x7f]|[\x81-\x84].{1,4}?)\x0a\x01\x00", body, re.DOTALL):
        raise ProbeError(Reason.PROTOCOL, "the server refuses STARTTLS")


async def xmpp(name: str, stream: Stream) -> None:
    """RFC 6120, 5.4."""
    await stream.write(XMPP_STREAM.format(escape(name, {"'": "&apos;"})).encode())
    features = await until(stream, b"</stream:features>")
    if XMPP_NAMESPACE not in features:
        raise ProbeError(Reason.PROTOCOL, "the server does not offer STARTTLS")
    await stream.write(b"<starttls xmlns='" + XMPP_NAMESPACE + b"'/>")
    expected(await until(stream, b">"), b"<proceed")


SPOKEN: Mapping[Starttls, Callable[[str, Stream], Awaitable[None]]] = {
    Starttls.SMTP: smtp,
    Starttls.IMAP: imap,
    Starttls.POP3: pop3,
    Starttls.LDAP: ldap,
    Starttls.POSTGRES: postgres,
    Starttls.FTP: ftp,
    Starttls.XMPP: xmpp,
}


async def reply(stream: Stream, code: bytes) -> list[bytes]:
    """Return the lines of a reply, the last of which has a space behind its code (RFC 5321, 4.2)."""
    lines: list[bytes] = []
    while len(lines) < MOST_LINES:
        lines.append(expected(await stream.read_line(), code))
        if lines[-1][3:4] != b"-":
            return lines
    raise ProbeError(Reason.TOO_LARGE, f"a reply of more than {MOST_LINES} lines")


async def until(stream: Stream, end: bytes) -> bytes:
    """Return what comes up to ``end``, and not a byte more: what follows may be TLS."""
    seen = bytearray()
    while not seen.endswith(end):
        if len(seen) > MOST_XML_BYTES:
            raise ProbeError(Reason.TOO_LARGE, f"{MOST_XML_BYTES} bytes and no end of the answer")
        seen += await stream.read_exactly(1)
    return bytes(seen)


def expected(answer: bytes, start: bytes) -> bytes:
    """Return an answer that begins as it should.

    Raises:
        ProbeError: It does not.
    """
    if not answer.upper().startswith(start.upper()):
        shown = ascii(answer[:60].decode("utf-8", "replace"))
        raise ProbeError(Reason.PROTOCOL, f"answered {shown} before TLS, expected {start.decode()!r}")
    return answer
