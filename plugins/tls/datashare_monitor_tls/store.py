"""Judging the certificates in files."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from datashare_monitor_tls.files import Found, found_in
from datashare_monitor_tls.findings import Finding, poor, verdict
from datashare_monitor_tls.identity import Expected
from datashare_monitor_tls.readings import of_files
from datashare_monitor_tls.strength import weaknesses
from datashare_monitor_tls.validity import Limits, begins, days_left, ends, first_to_end
from monitor.plugin import Observation, Reason, Vantage


async def look(vantage: Vantage, pattern: str, password: str | None, limits: Limits, expected: Expected) -> Observation:
    """Read the files and judge each."""
    files = await asyncio.to_thread(found_in, pattern, password)
    every = [certificate for file in files for certificate in file.certificates]
    findings = [finding for file in files for finding in findings_in(file, vantage, limits, expected)]
    summary = f"{len(every)} certificates in {len(files)} files"
    if every:
        summary += f", {days_left(first_to_end(every), vantage.now())}"
    return verdict(findings, of_files(every), summary)


def findings_in(file: Found, vantage: Vantage, limits: Limits, expected: Expected) -> Iterator[Finding]:
    """Yield what is wrong with one file."""
    if file.finding is not None:
        yield file.finding
        return
    now = vantage.now()
    for one in (
        *ends(file.certificates, limits, now),
        *begins(file.certificates, now),
        *expected.missed(file.certificates[0], file.certificates),
        *(poor(Reason.CERTIFICATE_WEAK, words) for words in weaknesses(file.certificates)),
    ):
        yield replace(one, detail=f"{file.path}: {one.detail}")
