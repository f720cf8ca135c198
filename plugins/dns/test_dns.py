"""Questions are asked as blackbox_exporter asks them, only the answer to ours counts, and none can break the probe."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import datashare_monitor_dns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from datashare_monitor_dns import DnsProbe

from monitor.plugin import Observation, Reason, Status
from monitor.testing import assert_conforms, configured, look, refused, serve_stream, stalled

Answering = Callable[[dns.message.Message], list[bytes]]
"""From a question to the datagrams that answer it."""


class _Server(asyncio.DatagramProtocol):
    def __init__(self, answering: Answering) -> None:
        self._answering = answering

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for answer in self._answering(dns.message.from_wire(data)):
            self._transport.sendto(answer, addr)


@asynccontextmanager
async def over_udp(answering: Answering) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Server(answering), local_addr=("127.0.0.1", 0))
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


async def test_truncated_answer_counts_as_it_came():
    def answering(question: dns.message.Message) -> list[bytes]:
        answer = answered(question, "A 192.0.2.1")
        answer.flags |= dns.flags.TC
        return [answer.to_wire()]

    async with over_udp(answering) as address:
        seen = await seen_at(address)

    assert seen.status is Status.UP
    assert readings(seen)["probe_dns_answer_rrs"] == 1


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


@pytest.mark.parametrize(("serve", "transport_protocol"), [(over_udp, "udp"), (over_tcp, "tcp")])
async def test_answer_that_is_too_long_is_not_read(serve, transport_protocol):
    records = [f"A 10.0.{number // 250}.{number % 250}" for number in range(500)]

    def answering(question: dns.message.Message) -> list[bytes]:
        return [answered(question, *records).to_wire(max_size=65535)]

    async with serve(answering) as address:
        seen = await seen_at(address, transport_protocol=transport_protocol)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)


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

    assert str(probe._server) == server


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
        ({"transport_protocol": "sctp"}, "udp"),
        ({"validate_answer_rrs": {"fail_if_matches_regexp": ["("]}}, "regular expression"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(DnsProbe, {"target": "ns.example", "query_name": "dancu.example", **settings})
