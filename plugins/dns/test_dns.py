"""Questions are asked as blackbox_exporter asks them, only the answer to ours counts, and none can break the probe."""

import asyncio
import ssl
import struct
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import datashare_monitor_dns
import dns.flags
import dns.message
import dns.rcode
import dns.rdata
import dns.rrset
import pytest
from datashare_monitor_dns import DnsProbe
from datashare_monitor_dns.answer import AT_ONCE, read

from monitor.plugin import Observation, Reason, Status
from monitor.testing import (
    TlsServer,
    assert_conforms,
    configured,
    look,
    refused,
    run,
    serve_stream,
    serve_tls,
    stalled,
)

Answering = Callable[[dns.message.Message], list[bytes]]
"""From a question to the datagrams that answer it."""


class _Server(asyncio.DatagramProtocol):
    def __init__(self, answering: Answering, peers: list[str]) -> None:
        self._answering = answering
        self._peers = peers

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._peers.append(addr[0])
        for answer in self._answering(dns.message.from_wire(data)):
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def over_udp(answering: Answering, port: int = 0, peers: list[str] | None = None) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Server(answering, [] if peers is None else peers), local_addr=("127.0.0.1", port)
    )
    try:
        yield "127.0.0.1:{}".format(transport.get_extra_info("sockname")[1])
    finally:
        transport.close()


@asynccontextmanager
async def over_tcp(answering: Answering) -> AsyncIterator[str]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(2))
        question = dns.message.from_wire(await reader.readexactly(length))
        for answer in answering(question):
            writer.write(len(answer).to_bytes(2) + answer)

    async with serve_stream(talk) as address:
        yield address


def answered(question: dns.message.Message, *records: str, rcode: str = "NOERROR") -> dns.message.Message:
    answer = dns.message.make_response(question)
    answer.set_rcode(dns.rcode.from_text(rcode))
    for record in records:
        answer.answer.append(dns.rrset.from_text(question.question[0].name, 60, "IN", *record.split(" ", 1)))
    return answer


def with_records(*records: str, rcode: str = "NOERROR") -> Answering:
    return lambda question: [answered(question, *records, rcode=rcode).to_wire()]


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name: reading.value for reading in seen.readings}


async def seen_at(address: str, *, within: float = 5, **settings) -> Observation:
    probe = configured(DnsProbe, {"target": address, "query_name": "dancu.example", **settings})
    return await look(probe, within=timedelta(seconds=within))


@pytest.mark.parametrize("transport_protocol", ["udp", "tcp"])
async def test_plugin_conforms(transport_protocol):
    def probe(address: str) -> DnsProbe:
        return DnsProbe(target=address, query_name="dancu.example", transport_protocol=transport_protocol)

    await assert_conforms(datashare_monitor_dns, probe)


@pytest.mark.parametrize(("serve", "transport_protocol"), [(over_udp, "udp"), (over_tcp, "tcp")])
async def test_answer_is_up_and_measured_under_blackbox_names(serve, transport_protocol):
    def answering(question: dns.message.Message) -> list[bytes]:
        answer = answered(question, "A 192.0.2.1", "A 192.0.2.2")
        answer.authority.append(dns.rrset.from_text("example.", 60, "IN", "NS", "ns.example."))
        answer.additional.append(dns.rrset.from_text("ns.example.", 60, "IN", "A", "192.0.2.3"))
        return [answer.to_wire()]

    async with serve(answering) as address:
        seen = await seen_at(address, transport_protocol=transport_protocol)

    assert (seen.status, seen.detail) == (Status.UP, "answered NOERROR")
    assert readings(seen) == {
        "probe_dns_query_succeeded": 1,
        "probe_dns_answer_rrs": 2,
        "probe_dns_authority_rrs": 1,
        "probe_dns_additional_rrs": 1,
        "probe_failed_due_to_regex": 0,
    }


async def test_question_is_asked_as_configured():
    asked = []

    def answering(question: dns.message.Message) -> list[bytes]:
        asked.append((question.question[0].to_text(), bool(question.flags & dns.flags.RD), question.id))
        return [answered(question).to_wire()]

    async with over_udp(answering) as address:
        for _ in range(4):
            seen = await seen_at(address, query_type="MX", query_class="CH", recursion_desired=False)

    assert seen.status is Status.UP
    assert {each[:2] for each in asked} == {("dancu.example. CH MX", False)}
    assert len({number for _, _, number in asked}) > 1


@pytest.mark.parametrize("rcode", ["NXDOMAIN", "SERVFAIL", "REFUSED"])
async def test_unexpected_code_is_down(rcode):
    async with over_udp(with_records(rcode=rcode)) as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.STATUS)
    assert seen.detail == f"answered {rcode}, expected NOERROR"
    assert readings(seen)["probe_dns_query_succeeded"] == 1


async def test_expected_code_is_up_whatever_it_is():
    async with over_udp(with_records(rcode="NXDOMAIN")) as address:
        seen = await seen_at(address, valid_rcodes=["NOERROR", "NXDOMAIN"])

    assert seen.status is Status.UP


async def test_serial_of_a_zone_is_measured():
    async with over_udp(with_records("SOA ns.example. admin.example. 2026050401 1 2 3 4")) as address:
        seen = await seen_at(address, query_type="SOA")

    assert readings(seen)["probe_dns_serial"] == 2026050401


@pytest.mark.parametrize(
    ("rule", "records", "fault"),
    [
        ({"fail_if_matches_regexp": ["192[.]0"]}, ["A 192.0.2.1", "A 10.0.0.1"], "a record matches '192[.]0'"),
        ({"fail_if_matches_regexp": ["192[.]0"]}, ["A 10.0.0.1"], None),
        ({"fail_if_all_match_regexp": ["\tA\t10[.]"]}, ["A 10.0.0.1", "A 10.0.0.2"], "all records match"),
        ({"fail_if_all_match_regexp": ["10[.]"]}, ["A 10.0.0.1", "A 192.0.2.1"], None),
        ({"fail_if_all_match_regexp": ["10[.]"]}, [], None),
        ({"fail_if_not_matches_regexp": ["10[.]"]}, ["A 10.0.0.1", "A 192.0.2.1"], "a record does not match"),
        ({"fail_if_not_matches_regexp": ["10[.]"]}, [], "a record does not match"),
        ({"fail_if_not_matches_regexp": ["^dancu.example.\t60\tIN\tA\t10[.]0[.]0[.]1$"]}, ["A 10.0.0.1"], None),
        ({"fail_if_none_matches_regexp": ["10[.]"]}, ["A 192.0.2.1"], "no record matches"),
        ({"fail_if_none_matches_regexp": ["10[.]"]}, ["A 192.0.2.1", "A 10.0.0.1"], None),
        ({"fail_if_none_matches_regexp": ["10[.]"]}, [], "no record matches"),
        ({"fail_if_none_matches_regexp": ["10[.]", "192[.]"]}, ["A 192.0.2.1"], None),
        ({"fail_if_all_match_regexp": ["10[.]", "[.]9$"]}, ["A 10.0.0.1", "A 10.0.0.9"], None),
    ],
)
async def test_records_are_judged_by_patterns(rule, records, fault):
    async with over_udp(with_records(*records)) as address:
        seen = await seen_at(address, validate_answer_rrs=rule)

    if fault is None:
        assert seen.status is Status.UP
        assert readings(seen)["probe_failed_due_to_regex"] == 0
    else:
        assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
        assert seen.detail.startswith(f"answer section: {fault}")
        assert readings(seen)["probe_failed_due_to_regex"] == 1


@pytest.mark.parametrize("section", ["authority", "additional"])
async def test_other_sections_are_judged_too(section):
    async with over_udp(with_records("A 192.0.2.1")) as address:
        rule = {"fail_if_none_matches_regexp": ["x"]}
        seen = await seen_at(address, **{f"validate_{section}_rrs": rule})

    assert seen.detail == f"{section} section: no record matches 'x'"


async def test_answers_to_other_questions_are_passed_over():
    def answering(question: dns.message.Message) -> list[bytes]:
        right = answered(question, "A 192.0.2.1")
        wrong_id = answered(question, "A 10.6.6.6", "A 10.6.6.7")
        wrong_id.id ^= 1
        another = dns.message.make_query("other.example", "A", id=question.id)
        wrong_question = answered(another, "A 10.6.6.6", "A 10.6.6.7")
        return [b"", b"\0", wrong_id.to_wire(), wrong_question.to_wire(), question.to_wire(), right.to_wire()]

    async with over_udp(answering) as address:
        seen = await seen_at(address)

    assert seen.status is Status.UP
    assert readings(seen)["probe_dns_answer_rrs"] == 1


async def test_name_in_other_letters_is_the_same_name():
    def answering(question: dns.message.Message) -> list[bytes]:
        return [answered(question, "A 192.0.2.1").to_wire().replace(b"dancu", b"DaNcU")]

    async with over_udp(answering) as address:
        seen = await seen_at(address)

    assert seen.status is Status.UP


async def test_flood_of_other_answers_is_given_up():
    def answering(question: dns.message.Message) -> list[bytes]:
        wrong = answered(question)
        wrong.id ^= 1
        return [wrong.to_wire()] * 100

    async with over_udp(answering) as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)
    assert readings(seen)["probe_dns_query_succeeded"] == 0


def cut_short(question: dns.message.Message) -> list[bytes]:
    answer = answered(question, "A 192.0.2.1")
    answer.flags |= dns.flags.TC
    return [answer.to_wire()]


async def test_truncated_answer_counts_as_it_came_and_says_so():
    async with over_udp(cut_short) as address:
        seen = await seen_at(address)

    assert (seen.status, seen.detail) == (Status.UP, "answered NOERROR, truncated")
    assert readings(seen)["probe_dns_answer_rrs"] == 1


async def test_truncated_answer_is_asked_for_over_tcp_on_request():
    async with over_tcp(with_records("A 192.0.2.1", "A 192.0.2.2")) as address:
        port = int(address.rpartition(":")[2])
        async with over_udp(cut_short, port):
            seen = await seen_at(address, tcp_fallback=True)

    assert (seen.status, seen.detail) == (Status.UP, "answered NOERROR")
    assert readings(seen)["probe_dns_answer_rrs"] == 2


async def test_truncated_answer_of_a_server_that_refuses_tcp_is_down():
    async with over_udp(cut_short) as address:
        seen = await seen_at(address, tcp_fallback=True)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


@pytest.mark.parametrize(("size", "payload"), [(None, -1), (512, 512), (1232, 1232), (65535, 65535)])
async def test_edns_size_is_said_only_when_it_is_set(size, payload):
    said = []

    def answering(question: dns.message.Message) -> list[bytes]:
        said.append(question.payload if question.edns == 0 else -1)
        return [answered(question, "A 192.0.2.1").to_wire()]

    async with over_udp(answering) as address:
        seen = await seen_at(address, edns0_udp_size=size)

    assert (said, readings(seen)["probe_dns_additional_rrs"]) == ([payload], 0 if size is None else 1)


async def test_code_that_needs_edns_is_told():
    def answering(question: dns.message.Message) -> list[bytes]:
        return [answered(question, rcode="BADVERS").to_wire()]

    async with over_udp(answering) as address:
        seen = await seen_at(address, edns0_udp_size=1232)

    assert seen.detail == "answered BADVERS, expected NOERROR"


async def test_opt_record_is_counted_and_not_matched():
    async with over_udp(with_records("A 192.0.2.1")) as address:
        rule = {"fail_if_matches_regexp": ["."]}
        seen = await seen_at(address, edns0_udp_size=1232, validate_additional_rrs=rule)

    assert (seen.status, readings(seen)["probe_dns_additional_rrs"]) == (Status.UP, 1)


@pytest.mark.parametrize("transport_protocol", ["udp", "tcp"])
async def test_source_address_is_where_the_question_comes_from(transport_protocol):
    peers = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer.get_extra_info("peername")[0])

    async with serve_stream(talk) as address, over_udp(with_records(), int(address.rpartition(":")[2]), peers):
        await seen_at(address, source_ip_address="127.0.0.79", transport_protocol=transport_protocol, within=1)

    assert peers == ["127.0.0.79"]


@asynccontextmanager
async def over_tls(answering: Answering, server: TlsServer) -> AsyncIterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    folder = Path(server.ca_file).parent
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = int.from_bytes(await reader.readexactly(2))
        for answer in answering(dns.message.from_wire(await reader.readexactly(length))):
            writer.write(len(answer).to_bytes(2) + answer)

    async with serve_stream(talk, tls=context) as address:
        yield address


DOT = {"dns_over_tls": True, "transport_protocol": "tcp"}


async def test_question_over_tls_is_answered_and_the_certificate_measured():
    async with serve_tls() as server, over_tls(with_records("A 192.0.2.1"), server) as address:
        seen = await seen_at(address, **DOT, tls_config={"ca_file": server.ca_file})

    assert (seen.status, readings(seen)["probe_dns_answer_rrs"]) == (Status.UP, 1)
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()


async def test_certificate_over_tls_that_is_not_trusted_is_down_and_measured():
    async with serve_tls() as server, over_tls(with_records("A 192.0.2.1"), server) as address:
        seen = await seen_at(address, **DOT)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CERTIFICATE_UNTRUSTED)
    assert readings(seen)["probe_dns_query_succeeded"] == 0
    assert readings(seen)["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()


@pytest.mark.parametrize(
    ("serve", "settings"), [(over_udp, {}), (over_tcp, {"transport_protocol": "tcp"})], ids=["udp", "tcp"]
)
async def test_phases_are_those_of_blackbox(serve, settings):
    async with serve(with_records("A 192.0.2.1")) as address:
        outcome = await run(configured(DnsProbe, {"target": address, "query_name": "dancu.example", **settings}))

    assert set(outcome.phases) == {"resolve", "connect", "request"}


def loop_of_pointers(question: dns.message.Message) -> bytes:
    return struct.pack("!HHHHHH", question.id, 0x8180, 1, 1, 0, 0) + b"\xc0\x0c\0\1\0\1" * 2


def chain_of_pointers(question: dns.message.Message) -> bytes:
    start = len(answered(question).to_wire())
    body = answered(question).to_wire()[12:]
    pointers = [struct.pack("!H", 0xC000 | (12 if n == 0 else start + 12 + 2 * (n - 1))) for n in range(900)]
    chain = b"\xc0\x0c" + struct.pack("!HHIH", 10, 1, 60, 1800) + b"".join(pointers)
    names = (struct.pack("!H", 0xC000 | (start + 12 + 1798)) + struct.pack("!HHIH", 10, 1, 60, 0)) * 100
    return struct.pack("!HHHHHH", question.id, 0x8180, 1, 101, 0, 0) + body + chain + names


@pytest.mark.parametrize(
    "data",
    [
        lambda question: question.id.to_bytes(2) + b"\x81\x80",
        lambda question: question.id.to_bytes(2) + b"\x81\x80" + b"\xff" * 200,
        lambda question: answered(question, "A 192.0.2.1").to_wire()[:-3],
        loop_of_pointers,
        chain_of_pointers,
    ],
)
@pytest.mark.parametrize(("serve", "transport_protocol"), [(over_udp, "udp"), (over_tcp, "tcp")])
async def test_answer_that_cannot_be_read_is_down(serve, transport_protocol, data):
    async with serve(lambda question: [data(question)]) as address:
        seen = await seen_at(address, transport_protocol=transport_protocol)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)
    assert seen.detail


MANY = [f"A 10.0.{number // 250}.{number % 250}" for number in range(4000)]
SEARCHED = {
    "validate_answer_rrs": {"fail_if_matches_regexp": ["no such address"], "fail_if_not_matches_regexp": ["10"]}
}


def long_text(parts: bytes) -> bytes:
    """Return all of an answer but its number: one TXT record that fills it."""
    question = dns.message.make_query("dancu.example", "A", id=0)
    asked = answered(question).to_wire()[12:]
    record = b"\xc0\x0c" + struct.pack("!HHIH", 16, 1, 60, len(parts)) + parts
    return struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + asked + record


def prepared(*records: str) -> bytes:
    return answered(dns.message.make_query("dancu.example", "A", id=0), *records).to_wire(max_size=65535)[2:]


class Turns:
    """Counts the functions called in this thread between two turns of the loop, once told to begin; keeps the most."""

    def __init__(self) -> None:
        self.most = 0
        self._calls = 0
        self._task: asyncio.Task[None] | None = None
        self._earlier = sys.getprofile()

    def begin(self) -> None:
        self._task = self._task or asyncio.create_task(self._turn())
        self._calls = 0
        sys.setprofile(self._count)

    def end(self) -> None:
        sys.setprofile(self._earlier)
        self._task.cancel()

    def _count(self, _frame: object, event: str, _argument: object) -> None:
        self._calls += event == "call"

    async def _turn(self) -> None:
        while True:
            self.most, self._calls = max(self.most, self._calls), 0
            await asyncio.sleep(0)


@pytest.mark.parametrize("settings", [{}, SEARCHED])
@pytest.mark.parametrize(
    ("data", "records"),
    [(prepared(*MANY), 4000), (long_text(b"\x01a" * 32_000), 1), (prepared(*["TXT " + "a " * 250] * 90), 90)],
    ids=["many records", "one of many parts", "records of many parts"],
)
async def test_long_answer_holds_the_loop_no_longer_than_a_short_one(data, records, settings):
    """A plain record is read with about a hundred calls, and 32 of them at once; all 4000 take 400,000."""
    turns = Turns()

    def answering(asked: dns.message.Message) -> list[bytes]:
        turns.begin()
        return [asked.id.to_bytes(2) + data]

    async with over_tcp(answering) as address:
        seen = await seen_at(address, transport_protocol="tcp", **settings)
        turns.end()

    assert readings(seen)["probe_dns_answer_rrs"] == records
    assert 0 < turns.most < AT_ONCE * 200


async def test_others_have_their_turn_after_every_few_records():
    reading = read(b"\0\0" + prepared(*MANY))

    turns = 0
    try:
        while True:
            reading.send(None)
            turns += 1
    except StopIteration as ended:
        answer = ended.value

    assert (turns, len(answer.answer)) == (4000 / AT_ONCE, 4000)


async def test_equal_records_are_counted_one_by_one():
    def answering(question: dns.message.Message) -> list[bytes]:
        wire = bytearray(answered(question, "A 192.0.2.1").to_wire())
        record = bytes(wire[-16:])
        wire[6:8] = (3).to_bytes(2)
        return [bytes(wire) + record * 2]

    async with over_udp(answering) as address:
        seen = await seen_at(address)

    assert readings(seen)["probe_dns_answer_rrs"] == 3


async def test_classes_nobody_has_heard_of_leave_nothing_behind():
    kept = len(dns.rdata._rdata_classes)

    def answering(question: dns.message.Message) -> list[bytes]:
        head = struct.pack("!HHHHHH", question.id, 0x8180, 1, 500, 0, 0)
        odd = b"".join(b"\0" + struct.pack("!HHIH", 40000 + n, 5000 + n, 60, 1) + b"x" for n in range(500))
        return [head + question.to_wire()[12:] + odd]

    async with over_udp(answering) as address:
        rule = {"fail_if_none_matches_regexp": [r"CLASS5007\tTYPE40007\t\\# 1 78$"]}
        seen = await seen_at(address, validate_answer_rrs=rule)

    assert seen.status is Status.UP, seen.detail
    assert len(dns.rdata._rdata_classes) == kept


async def test_refusal_without_the_question_is_an_answer():
    def answering(question: dns.message.Message) -> list[bytes]:
        return [struct.pack("!HHHHHH", question.id, 0x8005, 0, 0, 0, 0)]

    async with over_udp(answering) as address:
        seen = await seen_at(address)

    assert (seen.reason, seen.detail) == (Reason.STATUS, "answered REFUSED, expected NOERROR")


async def test_two_questions_are_no_answer():
    def answering(question: dns.message.Message) -> list[bytes]:
        return [struct.pack("!HHHHHH", question.id, 0x8180, 65535, 0, 0, 0) + question.to_wire()[12:] * 2000]

    async with over_udp(answering) as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)


async def test_answer_to_another_question_over_tcp_is_down():
    def answering(question: dns.message.Message) -> list[bytes]:
        answer = answered(question)
        answer.id ^= 1
        return [answer.to_wire()]

    async with over_tcp(answering) as address:
        seen = await seen_at(address, transport_protocol="tcp")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)


async def test_hostile_text_in_a_record_reaches_no_line_of_its_own():
    async with over_udp(with_records(r'TXT "\010\027[31mred\000\255"')) as address:
        seen = await seen_at(address, query_type="TXT", validate_answer_rrs={"fail_if_matches_regexp": ["red"]})

    assert (seen.status, seen.detail.isprintable()) == (Status.DOWN, True)


async def test_silence_is_a_timeout_that_is_measured():
    async with stalled() as address:
        seen = await seen_at(address, within=0.2)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert readings(seen) == {"probe_dns_query_succeeded": 0}


async def test_refused_question_is_down():
    async with refused() as address:
        seen = await seen_at(address)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


@pytest.mark.parametrize(
    ("target", "server"),
    [
        ("ns.example", "ns.example:53"),
        ("ns.example:5353", "ns.example:5353"),
        ("192.0.2.1", "192.0.2.1:53"),
        ("2001:db8::1", "[2001:db8::1]:53"),
        ("[2001:db8::1]", "[2001:db8::1]:53"),
        ("[2001:db8::1]:5353", "[2001:db8::1]:5353"),
    ],
)
def test_port_is_53_unless_given(target, server):
    probe = configured(DnsProbe, {"target": target, "query_name": "dancu.example"})

    assert str(probe._server.place) == server


def test_port_is_853_over_tls_unless_given():
    servers = [
        str(configured(DnsProbe, {"target": target, "query_name": "dancu.example", **DOT})._server.place)
        for target in ("ns.example", "2001:db8::1", "ns.example:53")
    ]

    assert servers == ["ns.example:853", "[2001:db8::1]:853", "ns.example:53"]


@pytest.mark.parametrize(
    ("preferred", "fallback", "is_reached"),
    [("ip4", True, True), ("ip4", False, True), ("ip6", True, True), ("ip6", False, False)],
)
async def test_family_of_addresses_is_chosen_as_blackbox_does(preferred, fallback, is_reached):
    async with over_udp(with_records("A 192.0.2.1")) as address:
        seen = await seen_at(address, preferred_ip_protocol=preferred, ip_protocol_fallback=fallback)

    if is_reached:
        assert seen.status is Status.UP
    else:
        assert (seen.reason, seen.detail) == (Reason.DNS, "127.0.0.1 has no IPv6 address")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "ns.example:"}, "port"),
        ({"target": "http://ns.example"}, "URL"),
        ({"query_name": "a..example"}, "empty"),
        ({"query_name": "x" * 64 + ".example"}, "label"),
        ({"query_type": "AAAAA"}, "type"),
        ({"query_class": "ZZ"}, "class"),
        ({"valid_rcodes": ["OK"]}, "rcode"),
        ({"valid_rcodes": []}, "names no code"),
        ({"preferred_ip_protocol": "ip5"}, "ip4.*ip6"),
        ({"dns_over_tls": True}, "transport_protocol: tcp"),
        ({"tcp_fallback": True, "transport_protocol": "tcp"}, "over UDP"),
        ({"edns0_udp_size": 100}, "512 to 65535"),
        ({"edns0_udp_size": 65536}, "512 to 65535"),
        ({"source_ip_address": "ns.example"}, "IP address"),
        ({"transport_protocol": "sctp"}, "udp"),
        ({"validate_answer_rrs": {"fail_if_matches_regexp": ["("]}}, "regular expression"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(DnsProbe, {"target": "ns.example", "query_name": "dancu.example", **settings})
