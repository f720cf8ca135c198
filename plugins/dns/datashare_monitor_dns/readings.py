"""What an answer measures, under blackbox_exporter's names."""

from collections.abc import Iterator

import dns.rdatatype
from dns.rdtypes.ANY.SOA import SOA

from datashare_monitor_dns.answer import Answer
from monitor.plugin import Measure, Reading
from monitor.plugin.measures import FAILED_DUE_TO_REGEX, TLS

ANSWER = Measure("probe_dns_answer_rrs", "Records in the answer section.")
AUTHORITY = Measure("probe_dns_authority_rrs", "Records in the authority section.")
ADDITIONAL = Measure("probe_dns_additional_rrs", "Records in the additional section.")
SUCCEEDED = Measure("probe_dns_query_succeeded", "Whether the question was answered, in whatever way.")
SERIAL = Measure("probe_dns_serial", "Serial number of the zone, when its SOA record was asked for.")

MEASURES = (ANSWER, AUTHORITY, ADDITIONAL, SUCCEEDED, SERIAL, FAILED_DUE_TO_REGEX, *TLS)


def readings_of(answer: Answer) -> Iterator[Reading]:
    """Yield everything that the answer measures."""
    yield SUCCEEDED(1)
    yield ANSWER(len(answer.answer))
    yield AUTHORITY(len(answer.authority))
    yield ADDITIONAL(len(answer.additional))
    if any(rdtype == dns.rdatatype.SOA for _, rdtype, _ in answer.questions):
        serial = next((one.rdata.serial for one in answer.answer if isinstance(one.rdata, SOA)), None)
        if serial is not None:
            yield SERIAL(serial)
