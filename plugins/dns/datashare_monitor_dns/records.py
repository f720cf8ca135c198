"""What the records of an answer are expected to be."""

from collections.abc import Sequence
from dataclasses import dataclass

import dns.rdatatype

from datashare_monitor_dns.answer import Record
from monitor.plugin import Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What the records of a section must look like: ``name TTL class type value``, with a tab between two of them.

    The OPT record of EDNS is about the message and looks like none, so it is left out.

    Attributes:
        fail_if_matches_regexp: Down when a record matches.
        fail_if_all_match_regexp: Down when there are records and all match all patterns. (blackbox_exporter 0.23 does
            the opposite of this name: it fails unless all match.)
        fail_if_not_matches_regexp: Down when a record does not match, or there is none.
        fail_if_none_matches_regexp: Down when no record matches any of the patterns.
    """

    fail_if_matches_regexp: tuple[Pattern, ...] = ()
    fail_if_all_match_regexp: tuple[Pattern, ...] = ()
    fail_if_not_matches_regexp: tuple[Pattern, ...] = ()
    fail_if_none_matches_regexp: tuple[Pattern, ...] = ()

    def fault(self, section: Sequence[Record]) -> str | None:
        """Return what is wrong with the records of a section, or None."""
        records = [record.text for record in section if record.rdtype != dns.rdatatype.OPT]
        for pattern in self.fail_if_matches_regexp:
            if any(map(pattern.search, records)):
                return f"a record matches {_quoted(pattern)}"
        for pattern in self.fail_if_not_matches_regexp:
            if not records or not all(map(pattern.search, records)):
                return f"a record does not match {_quoted(pattern)}"
        every, some = self.fail_if_all_match_regexp, self.fail_if_none_matches_regexp
        if every and records and all(pattern.search(record) for record in records for pattern in every):
            return f"all records match {' and '.join(map(_quoted, every))}"
        if some and not any(pattern.search(record) for record in records for pattern in some):
            return f"no record matches {' or '.join(map(_quoted, some))}"
        return None


def _quoted(pattern: Pattern) -> str:
    return f"'{pattern.pattern}'"


ANY_RECORDS = Records()
