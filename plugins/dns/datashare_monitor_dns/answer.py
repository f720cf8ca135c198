"""Reads a DNS message, record by record: a long one holds up nobody, and a hostile one leaves nothing.

dnspython's own reader of whole messages takes a long one in one go, makes one of equal records, and remembers every
class and type it ever saw, those that nobody has heard of included.
"""

import asyncio
from dataclasses import dataclass

import dns.flags
import dns.name
import dns.opcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.wire

AT_ONCE, AT_ONCE_BYTES = 32, 1024
"""Records and bytes that are read before the others get their turn: about a millisecond."""
LONG = 512
"""Bytes of one record's value; a longer one may have thousands of parts, and is read in a thread."""
CLASSES = frozenset({1, 3, 4})
"""IN, CH and HS: those whose records have a form of their own."""
TYPES = frozenset(int(known) for known in dns.rdatatype.RdataType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One resource record."""

    name: dns.name.Name
    ttl: int
    rdclass: int
    rdtype: int
    rdata: dns.rdata.Rdata

    @property
    def text(self) -> bytes:
        """As Go's dns library writes it: ``name TTL class type value``, with a tab between two of them."""
        record_class = dns.rdataclass.RdataClass.to_text(self.rdclass)
        record_type = dns.rdatatype.RdataType.to_text(self.rdtype)
        return f"{self.name}\t{self.ttl}\t{record_class}\t{record_type}\t{self.rdata}".encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A DNS message.

    Attributes:
        questions: Name, type and class.
        additional: The OPT record included.
        size: Bytes.
    """

    size: int
    flags: int
    rcode: int
    questions: tuple[tuple[dns.name.Name, int, int], ...]
    answer: tuple[Record, ...]
    authority: tuple[Record, ...]
    additional: tuple[Record, ...]

    @property
    def is_truncated(self) -> bool:
        """Whether the server says that there is more."""
        return bool(self.flags & dns.flags.TC)

    @property
    def is_response(self) -> bool:
        """Whether it answers a query, rather than being one."""
        return bool(self.flags & dns.flags.QR) and dns.opcode.from_flags(self.flags) == dns.opcode.QUERY


async def read(data: bytes) -> Answer:
    """Read a message; what is behind its last record is passed over.

    Raises:
        dns.exception.DNSException: It is none.
        ValueError: It has more than one question.
    """
    parser = dns.wire.Parser(data)
    _, flags, asked, *counts = parser.get_struct("!HHHHHH")
    if asked > 1:
        raise ValueError("more than one question")
    questions = tuple((parser.get_name(decompress=True), *parser.get_struct("!HH")) for _ in range(asked))
    sections: list[tuple[Record, ...]] = []
    taken, turned = 0, parser.current
    for count in counts:
        records = []
        for _ in range(count):
            records.append(await record(parser))
            taken += 1
            if taken % AT_ONCE == 0 or parser.current - turned >= AT_ONCE_BYTES:
                turned = parser.current
                await asyncio.sleep(0)
        sections.append(tuple(records))
    answer, authority, additional = sections
    extended = next((one.ttl >> 24 for one in additional if one.rdtype == dns.rdatatype.OPT), 0)
    return Answer(
        size=len(data), flags=flags, rcode=extended << 4 | flags & 0xF, questions=questions, answer=answer,
        authority=authority, additional=additional,
    )  # fmt: skip


async def record(parser: dns.wire.Parser) -> Record:
    """Read the next record."""
    name = parser.get_name(decompress=True)
    rdtype, rdclass, ttl, length = parser.get_struct("!HHIH")
    if length > LONG:
        rdata = await asyncio.to_thread(value, parser, rdtype, rdclass, length)
    else:
        rdata = value(parser, rdtype, rdclass, length)
    return Record(name=name, ttl=ttl, rdclass=rdclass, rdtype=rdtype, rdata=rdata)


def value(parser: dns.wire.Parser, rdtype: int, rdclass: int, length: int) -> dns.rdata.Rdata:
    """Read the value of a record."""
    kind, group = dns.rdatatype.RdataType.make(rdtype), dns.rdataclass.RdataClass.make(rdclass)
    with parser.restrict_to(length):
        if rdtype in TYPES and rdclass in CLASSES:
            return dns.rdata.from_wire_parser(group, kind, parser)
        return dns.rdata.GenericRdata(group, kind, parser.get_remaining())
