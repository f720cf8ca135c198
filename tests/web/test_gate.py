"""Promise: no page of another site and no name of an attacker's makes the monitor do anything."""

import asyncio
from ipaddress import ip_address

import pytest
from web.pretend import dialled, scene, settings, visiting

from monitor.settings import Web
from monitor.web.gate import host_name, is_ours


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("Monitor.gov.example:9664", "monitor.gov.example"), ("localhost", "localhost"), ("[::1]:9664", "::1"),
        ("[::1]", "::1"), ("::1", "::1"), ("127.0.0.1:80", "127.0.0.1"), ("", ""), ("[", ""),
    ],
)  # fmt: skip
def test_host_name_is_found(host, expected):
    assert host_name(host) == expected


@pytest.mark.parametrize("host", ["127.0.0.1:9664", "127.0.0.1", "localhost", "LOCALHOST:80", "10.1.2.3:9664"])
def test_own_hosts_are_ours(host):
    assert is_ours(host, Web(), "10.1.2.3")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.1.2.4", "0x7f000001", "2130706433",
        "", "127.1", "[::1]", "evil.example@127.0.0.1", "127.0.0.1@evil.example", "localhost:80:80",
    ],
)  # fmt: skip
def test_other_hosts_are_not(host):
    assert not is_ours(host, Web(), "10.1.2.3")


def test_listed_names_are_ours_with_and_without_their_port():
    web = Web(hosts=frozenset({"monitor.gov.example", "only.gov.example:443"}))

    assert is_ours("monitor.gov.example:9664", web, "")
    assert is_ours("only.gov.example:443", web, "")
    assert not is_ours("only.gov.example:80", web, "")


def test_mapped_local_address_counts_as_what_it_is():
    assert is_ours("10.1.2.3", Web(address=ip_address("::")), "::ffff:10.1.2.3")


async def post(headers, **web):
    stage = scene()
    stage.settings = settings(**web)
    async with visiting(stage) as client:
        answer = await client.post("/-/reload", headers=headers)
        return answer.status, answer.text, stage.reloads


@pytest.mark.parametrize("target", ["http://evil.example", "https://evil.example:443", "http://localhost@evil.example"])
async def test_absolute_target_counts_before_the_host_header(target):
    stage = scene()
    async with visiting(stage) as client, dialled(client.port) as (reader, writer):
        writer.write(f"POST {target}/-/reload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = await asyncio.wait_for(reader.read(), 5)

    assert (answer[:13], stage.reloads) == (b"HTTP/1.1 421 ", 0)


async def test_absolute_target_of_ours_is_taken_and_does_not_choose_the_scheme():
    stage = scene()
    statuses = []
    async with visiting(stage) as client:
        for origin in ("", "Origin: https://localhost\r\n", "Origin: http://localhost\r\n"):
            head = f"POST https://localhost/-/reload HTTP/1.1\r\nHost: localhost\r\n{origin}Connection: close\r\n\r\n"
            async with dialled(client.port) as (reader, writer):
                writer.write(head.encode())
                statuses.append((await asyncio.wait_for(reader.read(), 5))[9:12])

    assert (statuses, stage.reloads) == ([b"200", b"403", b"200"], 2)


async def test_rebound_name_is_misdirected():
    status, text, reloads = await post({"Host": "evil.example"})

    assert (status, reloads) == (421, 0)
    assert "web.hosts" in text


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1", "http://localhost:9664", ""])
async def test_origin_of_another_page_is_forbidden(origin):
    status, text, reloads = await post({"Origin": origin, "Host": "127.0.0.1:9664"})

    assert (status, reloads) == (403, 0)
    assert "web.origins" in text


async def test_cross_site_fetch_without_an_origin_is_forbidden():
    status, _, reloads = await post({"Sec-Fetch-Site": "cross-site"})

    assert (status, reloads) == (403, 0)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://localhost:9664", "Host": "localhost:9664"}, {"Origin": "https://ops.gov.example"}],
)
async def test_own_page_listed_page_and_no_page_may(headers):
    status, _, reloads = await post(headers, origins=frozenset({"https://ops.gov.example"}))

    assert (status, reloads) == (200, 1)
