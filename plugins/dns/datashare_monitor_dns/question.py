"""One question, and which messages answer it."""

from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from datashare_monitor_dns.answer import Answer

WITHOUT_QUESTION = frozenset({dns.rcode.FORMERR, dns.rcode.SERVFAIL, dns.rcode.NOTIMP, dns.rcode.REFUSED})
"""Codes with which a server may leave out the question it did not want to deal with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a name server.

    Attributes:
        edns0_udp_size: The longest answer over UDP that we say we take; None for a question without EDNS.
    """

    name: dns.name.Name
    rdtype: int
    rdclass: int
    recursion_desired: bool
    edns0_udp_size: int | None

    @classmethod
    def of(
        cls, name: str, rdtype: str, rdclass: str, *, recursion_desired: bool, edns0_udp_size: int | None
    ) -> "Question":
        """Return the question that is written so.

        Raises:
            ValueError: There is no such name, type or class.
        """
        try:
            kind = dns.rdatatype.from_text(rdtype)
        except (dns.rdatatype.UnknownRdatatype, ValueError):
            raise ValueError(
                f"query_type {rdtype!r} is no record type; write one like A, AAAA, MX, SOA, TXT or ANY"
            ) from None
        try:
            group = dns.rdataclass.from_text(rdclass)
        except (dns.rdataclass.UnknownRdataclass, ValueError):
            raise ValueError(f"query_class {rdclass!r} is no class; write IN, CH, HS or ANY") from None
        try:
            known = dns.name.from_text(name)
        except dns.exception.DNSException as error:
            raise ValueError(f"query_name {name[:80]!r} is no name: {error}") from None
        return cls(
            name=known, rdtype=kind, rdclass=group, recursion_desired=recursion_desired, edns0_udp_size=edns0_udp_size
        )

    def wire(self, identity: bytes) -> bytes:
        """Return the question as it goes over the wire, under the two bytes of a number of its own."""
        edns = None if self.edns0_udp_size is None else 0
        message = dns.message.make_query(
            self.name, dns.rdatatype.RdataType.make(self.rdtype), dns.rdataclass.RdataClass.make(self.rdclass),
            use_edns=edns, payload=self.edns0_udp_size, id=0, flags=dns.flags.RD if self.recursion_desired else 0,
        )  # fmt: skip
        return identity + message.to_wire()[2:]

    def is_answered_by(self, answer: Answer) -> bool:
        """Tell whether a message answers this question; whether under its number is for the caller to see."""
        if not answer.is_response:
            return False
        if not answer.questions:
            return answer.rcode in WITHOUT_QUESTION
        return answer.questions == ((self.name, self.rdtype, self.rdclass),)
