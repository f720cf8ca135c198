"""Promises of a contract: lines that are compared, bounded whatever a document calls its parts."""

import hashlib
from collections.abc import Iterable

from monitor.plugin import ProbeError, Reason

MOST = 20_000
LONGEST = 200
"""Letters of a name, and of the names of what it is in."""


def short(text: str) -> str:
    """Return a text of some length at most; what is cut off is told apart by its fingerprint."""
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}…{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:16]}"


def gathered(lines: Iterable[str]) -> list[str]:
    """Return promises, each once and sorted.

    Raises:
        ProbeError: There are too many.
    """
    found: set[str] = set()
    for line in lines:
        found.add(short(line))
        if len(found) > MOST:
            raise ProbeError(Reason.TOO_LARGE, f"the contract has more than {MOST} promises")
    return sorted(found)
