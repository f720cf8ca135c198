"""What an answer measures, under blackbox_exporter's names."""

from collections.abc import Iterator

import dns.message
import dns.rdatatype
from dns.rdtypes.ANY.SOA import SOA

from monitor.plugin import Measure, Reading
from monitor.plugin.measures import FAILED_DUE_TO_REGEX

ANSWER = Measure("probe_dns_answer_rrs", "Records in the answer section.")
AUTHORITY = Measure("probe_dns_authority_rrs", "Records in the authority section.")
ADDITIONAL = Measure("probe_dns_additional_rrs", "Records in the additional section.")
SUCCEEDED = Measure("probe_dns_query_succeeded", "Whether the question was answered, in whatever way.")
SERIAL = Measure("probe_dns_serial", "Serial number of the zone, when its SOA record was asked for.")

MEASURES = (ANSWER, AUTHORITY, ADDITIONAL, SUCCEEDED, SERIAL, FAILED_DUE_TO_REGEX)


def readings_of(message: dns.message.Message) -> Iterator[Reading]:
    """Yield everything that the answer measures."""
    yield SUCCEEDED(1)
    yield ANSWER(sum(map(len, message.answer)))
    yield AUTHORITY(sum(map(len, message.authority)))
    yield ADDITIONAL(sum(map(len, message.additional)) + (message.opt is not None))
    if message.question and message.question[0].rdtype is dns.rdatatype.SOA:
        records = (record for rrset in message.answer for record in rrset)
        soa = next((record for record in records if isinstance(record, SOA)), None)
        if soa is not None:
            yield SERIAL(soa.serial)
