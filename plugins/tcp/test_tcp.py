"""A connection alone is enough unless a conversation is asked for; then every line counts and none can break it."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import datashare_monitor_tcp
import pytest
from datashare_monitor_tcp import MOST_BYTES, Captured, TcpProbe

from monitor.plugin import Observation, Reason, Status, Vantage
from monitor.testing import assert_conforms, configured, dripping, look, refused, serve_stream, serve_tls, stalled


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name: reading.value for reading in seen.readings}


async def seen_at(address: str, *steps: dict[str, object], **settings) -> Observation:
    return await look(configured(TcpProbe, {"target": address, "query_response": [*steps], **settings}))


def saying(data: bytes):
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return talk


async def test_plugin_conforms():
    steps = [{"expect": "^220 "}]

    await assert_conforms(
        datashare_monitor_tcp, lambda address: configured(TcpProbe, {"target": address, "query_response": steps})
    )


async def test_connection_is_enough():
    async with stalled() as address:
        seen = await seen_at(address)

    assert seen.status is Status.UP
    assert readings(seen) == {"probe_failed_due_to_regex": 0, "probe_failed_due_to_bytes": 0}


async def test_refused_connection_is_down():
    async with refused() as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


async def test_conversation_goes_through_its_steps():
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"*** welcome ***\r\n220 mail.example ESMTP\r\n")
        heard.put_nowait(await reader.readline())
        writer.write(b"250 ok\n")
        heard.put_nowait(await reader.readline())

    async with serve_stream(talk) as address:
        seen = await seen_at(
            address,
            {"expect": r"^220 (?P<name>[^ ]+) (\w+)", "send": "EHLO ${1} $name $2 $$ $."},
            {"expect": "^250"},
            {"send": "QUIT"},
        )
        lines = [await asyncio.wait_for(heard.get(), 5) for _ in range(2)]

    assert seen.status is Status.UP
    assert lines == [b"EHLO mail.example mail.example ESMTP $ $.\n", b"QUIT\n"]


async def test_group_that_looks_like_a_group_is_not_filled_again():
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"a ${2} b\n")
        heard.put_nowait(await reader.readline())

    async with serve_stream(talk) as address:
        await seen_at(address, {"expect": r"^a (\S+) (\S+)", "send": "$1"})
        line = await asyncio.wait_for(heard.get(), 5)

    assert line == b"${2}\n"


@pytest.mark.parametrize(
    ("data", "last"),
    [
        (b"", ""),
        (b"421 too busy\r\n", "; the last one was '421 too busy'"),
        (b"421 too busy", "; the last one was '421 too busy'"),
        (b"\0\xff\xfe\n" * 100, r"; the last one was '\x00\ufffd\ufffd'"),
        (b"x" * 200, f"; the last one was '{'x' * 80}'"),
    ],
)
async def test_end_before_the_expected_line_is_down(data, last):
    async with serve_stream(saying(data)) as address:
        seen = await seen_at(address, {"expect": "^220"})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert seen.detail == f"closed before a line matched '^220'{last}"
    assert readings(seen) == {"probe_failed_due_to_regex": 1, "probe_failed_due_to_bytes": 0}


async def test_last_line_needs_no_end():
    async with serve_stream(saying(b"+PONG")) as address:
        seen = await seen_at(address, {"expect": "^[+]PONG$"})

    assert seen.status is Status.UP


@pytest.mark.parametrize("flood", [b"x" * 10_000, b"x\n" * 5000])
async def test_flood_is_too_large(flood):
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(flood)
            await writer.drain()

    async with serve_stream(talk) as address:
        seen = await seen_at(address, {"expect": "^220"})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)
    assert MOST_BYTES < 100_000


async def test_drip_is_down_at_its_deadline():
    async with dripping(b"x\n") as address:
        probe = configured(TcpProbe, {"target": address, "query_response": [{"expect": "^220"}]})
        seen = await look(probe, within=timedelta(milliseconds=300))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)


async def test_certificate_is_measured_over_tls():
    async with serve_tls() as server:
        seen = await seen_at(server.target, tls=True, tls_config={"ca_file": server.ca_file})

    assert seen.status is Status.UP
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()


async def test_expired_certificate_is_down_over_tls():
    async with serve_tls(ends=timedelta(days=-1)) as server:
        seen = await seen_at(server.target, tls=True, tls_config={"ca_file": server.ca_file})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CERTIFICATE_EXPIRED)


async def test_conversation_can_turn_to_tls():
    async with serve_tls() as server, serve_stream(switching(server.target)) as address:
        seen = await seen_at(
            address,
            {"expect": "^220", "send": "STARTTLS"},
            {"expect": "^220 go", "starttls": True},
            {"send": "GET / HTTP/1.0\r\n\r"},
            {"expect": "^HTTP/1.[01] 200"},
            tls_config={"ca_file": server.ca_file},
        )

    assert seen.status is Status.UP
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()


def switching(target: str):
    """Return a handler that speaks a little in the clear and then passes all on to a TLS server."""
    host, _, port = target.partition(":")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hello\r\n")
        await reader.readline()
        writer.write(b"220 go ahead\r\n")
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        try:
            await asyncio.gather(pass_on(reader, far_writer), pass_on(far_reader, writer))
        finally:
            far_writer.close()

    return talk


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()
    writer.close()


async def test_send_comes_before_the_handshake_of_its_step():
    async with serve_tls() as server, serve_stream(switching(server.target)) as address:
        seen = await seen_at(
            address,
            {"expect": "^220"},
            {"send": "STARTTLS"},
            {"expect": "^220 go", "starttls": True},
            {"send": "GET / HTTP/1.0\r\n\r", "expect_bytes": ""},
            {"expect_bytes": "HTTP/1."},
            {"expect": "^[01] 200"},
            tls_config={"ca_file": server.ca_file},
        )

    assert (seen.status, seen.detail) == (Status.UP, "")


async def test_what_was_slipped_in_before_tls_is_refused():
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 go ahead\r\n250 injected\r\n")
        await reader.read()

    async with serve_stream(talk) as address:
        seen = await seen_at(address, {"expect": "^220", "starttls": True})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)
    assert seen.detail == "the server sent more before TLS began"


@pytest.mark.parametrize("days", [-1, 30])
async def test_certificate_that_is_not_trusted_is_measured_all_the_same(days):
    steps = [{"expect": "^220", "send": "STARTTLS"}, {"expect": "^220 go", "starttls": True}, {"send": "a secret"}]

    async with serve_tls(ends=timedelta(days=days)) as server, serve_stream(switching(server.target)) as address:
        begun, asked = await asyncio.gather(seen_at(server.target, tls=True), seen_at(address, *steps))

    for seen in (begun, asked):
        assert (seen.status, seen.reason) == (Status.DOWN, Reason.CERTIFICATE_UNTRUSTED)
        assert readings(seen)["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()
        assert "probe_ssl_last_chain_expiry_timestamp_seconds" not in readings(seen)


async def test_certificate_is_the_reason_even_when_there_is_no_time_to_measure_it():
    answered = 0

    async with serve_tls() as server:
        host, _, port = server.target.partition(":")

        async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal answered
            answered += 1
            if answered > 1:
                await reader.read()
                await asyncio.sleep(60)
            far_reader, far_writer = await asyncio.open_connection(host, int(port))
            try:
                await asyncio.gather(pass_on(reader, far_writer), pass_on(far_reader, writer))
            finally:
                far_writer.close()

        async with serve_stream(once) as address:
            probe = configured(TcpProbe, {"target": address, "tls": True})
            seen = await look(probe, within=timedelta(milliseconds=600))

    assert answered == 2
    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CERTIFICATE_UNTRUSTED)


async def test_bytes_are_awaited_and_what_follows_them_is_read_on():
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in (b"\x00\x01", b"\nvers", b"ion 3\r\nnext\n"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serve_stream(talk) as address:
        seen = await seen_at(
            address, {"expect_bytes": "\0\x01\n"}, {"expect": r"^version 3$"}, {"expect_bytes": "next\n"}
        )

    assert seen.status is Status.UP
    assert readings(seen) == {"probe_failed_due_to_regex": 0, "probe_failed_due_to_bytes": 0}


async def test_bytes_after_a_line_of_the_same_step_are_those_behind_it():
    async with serve_stream(saying(b"hello\r\none\ntwo\n")) as address:
        seen = await seen_at(address, {"expect": "hello", "expect_bytes": "one\ntwo\n"})

    assert seen.status is Status.UP


async def test_first_wrong_byte_decides_at_once():
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"+OQ")
        await reader.read()

    async with serve_stream(talk) as address:
        seen = await seen_at(address, {"expect_bytes": "+OK ready and waiting"})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert seen.detail == "byte 3 of 21 is 0x51, expected 0x4b"
    assert readings(seen) == {"probe_failed_due_to_regex": 0, "probe_failed_due_to_bytes": 1}


async def test_end_before_all_bytes_is_a_disconnection():
    async with serve_stream(saying(b"+O")) as address:
        seen = await seen_at(address, {"expect_bytes": "+OK"})

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.DISCONNECTED)
    assert seen.detail == "closed after 2 of 3 expected bytes"


BANNER = {
    "expect": r"^SSH-2\.0-(?P<software>\S+)(?: (.*))?$",
    "labels": [
        {"name": "ssh_version", "value": "${software}", "values": ["OpenSSH_9.6", "dropbear"]},
        {"name": "ssh_comments", "value": "v=${2}", "values": ["v="]},
    ],
}


def labels(seen: Observation) -> set[tuple[str, ...]]:
    return {reading.labels for reading in seen.readings if reading.measure.name == "probe_expect_info"}


@pytest.mark.parametrize(
    ("banner", "shown"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", {("ssh_version", "OpenSSH_9.6"), ("ssh_comments", "v=")}),
        (b"SSH-2.0-evil{} 1\r\n", {("ssh_version", "other"), ("ssh_comments", "other")}),
        (b"SSH-1\r\n", set()),
    ],
)
async def test_labels_take_declared_values_only(banner, shown):
    async with serve_stream(saying(banner)) as address:
        seen = await seen_at(address, BANNER)

    assert labels(seen) == shown


async def test_labels_are_kept_when_a_later_step_fails():
    async with serve_stream(saying(b"SSH-2.0-dropbear\r\n")) as address:
        seen = await seen_at(address, BANNER, {"expect": "never"})

    assert seen.reason is Reason.CONTENT
    assert ("ssh_version", "dropbear") in labels(seen)


def test_check_whose_label_could_be_any_text_is_refused_with_a_remedy():
    step = {"expect": "(.*)", "labels": [{"name": "banner", "value": "$1"}]}
    probe = configured(TcpProbe, {"target": "db.example:22", "query_response": [{"send": "x"}, step]})

    with pytest.raises(ValueError, match=r"query_response\[1\]\.labels\[0\].*list under values"):
        probe.measures()


async def test_conversation_hands_out_the_text_behind_its_labels():
    hostile = b"SSH-2.0-" + b"A" * 300 + b" a\x1b[31m\xff\n"
    step = {**BANNER, "labels": [{"name": "version", "value": "$1"}, {"name": "rest", "value": "$2"}]}

    @dataclass(frozen=True)
    class Telling:
        probe: TcpProbe
        captured: Captured

        async def observe(self, vantage: Vantage) -> Observation:
            return await self.probe.converse(vantage, self.captured)

    async with serve_stream(saying(hostile)) as address:
        telling = Telling(configured(TcpProbe, {"target": address, "query_response": [step]}), Captured())
        seen = await look(telling)

    assert seen.status is Status.UP
    assert telling.captured.labels == {"version": "A" * 127 + "…", "rest": "a\ufffd[31m\ufffd"}


async def test_source_address_is_where_the_connection_comes_from():
    peers = []

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer.get_extra_info("peername")[0])

    async with serve_stream(talk) as address:
        seen = await seen_at(address, source_ip_address="127.0.0.77")
        await asyncio.sleep(0.05)

    assert (seen.status, peers) == (Status.UP, ["127.0.0.77"])


@pytest.mark.parametrize(
    ("source", "detail"),
    [
        ("192.0.2.1", "source_ip_address 192.0.2.1 is no address of this machine"),
        ("::1", "127.0.0.1 has no IPv6 address to connect to from source_ip_address ::1"),
    ],
)
async def test_source_address_that_cannot_be_used_is_a_fault_of_ours(source, detail):
    async with stalled() as address:
        seen = await seen_at(address, source_ip_address=source)

    assert (seen.status, seen.reason, seen.detail) == (Status.UNKNOWN, Reason.NETWORK, detail)


@pytest.mark.parametrize(
    ("preferred", "fallback", "is_reached"),
    [("ip4", True, True), ("ip4", False, True), ("ip6", True, True), ("ip6", False, False)],
)
async def test_family_of_addresses_is_chosen_as_blackbox_does(preferred, fallback, is_reached):
    async with stalled() as address:
        seen = await seen_at(address, preferred_ip_protocol=preferred, ip_protocol_fallback=fallback)

    if is_reached:
        assert seen.status is Status.UP
    else:
        assert (seen.reason, seen.detail) == (Reason.DNS, "127.0.0.1 has no IPv6 address")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "db.example"}, "host:port"),
        ({"target": "db.example:99999"}, "port"),
        ({"query_response": [{"expect": "("}]}, "regular expression"),
        ({"query_response": [{"wait": "x"}]}, "wait"),
        ({"query_response": [{}]}, "does nothing"),
        ({"query_response": [{"expect_bytes": "", "send": ""}]}, "does nothing"),
        ({"query_response": [{"expect": "(a)", "send": "$2"}]}, r"no group for \$2"),
        ({"query_response": [{"expect": "(a)", "send": "${1}x $1x"}]}, r"no group for \$1x"),
        ({"query_response": [{"expect": "(?P<b>a)", "labels": [{"name": "a", "value": "$c"}]}]}, r"no group for \$c"),
        ({"query_response": [{"send": "x", "labels": [{"name": "a", "value": "b"}]}]}, "write expect"),
        ({"query_response": [{"expect": "x", "labels": [{"name": "a-b", "value": "b"}]}]}, "label"),
        ({"query_response": [{"expect": "x", "labels": [{"name": "__a", "value": "b"}]}]}, "label"),
        ({"query_response": [{"expect": "x", "labels": [{"name": "a", "value": "b"}] * 2}]}, "same name"),
        ({"query_response": [{"starttls": True}, {"starttls": True}]}, "once"),
        ({"query_response": [{"starttls": True}], "tls": True}, "once"),
        ({"source_ip_address": "localhost"}, "IP address"),
        ({"source_ip_address": "127.1"}, "IP address"),
        ({"preferred_ip_protocol": "ip5"}, "ip4.*ip6"),
        ({"target": "unix:run/app.sock"}, "whole path"),
        ({"target": "unix:/run/../etc/app.sock"}, "whole path"),
        ({"target": "unix:/" + "x" * 107}, "107 bytes"),
        ({"target": "unix:/run/app.sock", "tls": True}, "server_name"),
        ({"target": "unix:/run/app.sock", "source_ip_address": "127.0.0.1"}, "unix socket"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(TcpProbe, {"target": "db.example:5432", **settings})
