"""The name server answers questions of real resolvers, and survives messages that are none."""

import asyncio
from contextlib import asynccontextmanager

import aiodns
import pytest

from monitor.demo.nameserver import NameServer, answer


@asynccontextmanager
async def resolving(*names):
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: NameServer(names), ("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    resolver = aiodns.DNSResolver(nameservers=[f"127.0.0.1:{port}"], timeout=2, tries=1)
    try:
        yield resolver
    finally:
        await resolver.close()
        transport.close()


async def test_a_known_name_is_at_loopback():
    async with resolving("website.ha-noi.example") as resolver:
        found = await resolver.query_dns("Website.Ha-Noi.example", "A")

        assert [record.data.addr for record in found.answer] == ["127.0.0.1"]


async def test_an_unknown_name_does_not_exist():
    async with resolving("website.ha-noi.example") as resolver:
        with pytest.raises(aiodns.error.DNSError) as refused:
            await resolver.query_dns("website.hue.example", "A")

        assert refused.value.args[0] == aiodns.error.ARES_ENOTFOUND


async def test_a_known_name_has_no_other_records():
    async with resolving("website.ha-noi.example") as resolver:
        with pytest.raises(aiodns.error.DNSError) as refused:
            await resolver.query_dns("website.ha-noi.example", "AAAA")

        assert refused.value.args[0] == aiodns.error.ARES_ENODATA


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\0" * 11,
        b"\0\1\1\0\0\1\0\0\0\0\0\0",
        b"\0\1\1\0\0\1\0\0\0\0\0\0\x3fabc",
        b"\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1",
    ],
)
def test_what_is_no_question_gets_an_error_or_nothing(message):
    said = answer(message, ())

    assert said == b"" or said[3] & 0x0F == 1


def test_an_answer_is_not_answered():
    assert answer(b"\0\1\x81\x80" + b"\0" * 8, ()) == b""
