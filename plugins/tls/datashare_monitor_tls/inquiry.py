"""OCSP responses, stapled and asked, as evidence."""

import asyncio
from collections.abc import Iterator
from datetime import datetime

from datashare_monitor_tls import ocsp
from datashare_monitor_tls.evidence import Pair, Seen, left, revoked, told, unanswered
from datashare_monitor_tls.findings import Finding, bad
from datashare_monitor_tls.ocsp import CertificateStatus, Statement, UnusableError
from datashare_monitor_tls.readings import OCSP_NEXT_UPDATE, OCSP_STATUS, OCSP_THIS_UPDATE
from datashare_monitor_tls.settings import Ocsp, Unanswered
from monitor.plugin import HttpOptions, ProbeError, Reading, Reason, Vantage

QUESTION = {"content-type": "application/ocsp-request", "accept": "application/ocsp-response"}
ONCE = HttpOptions(follow_redirects=False, decompress=False, max_body=ocsp.MOST_BYTES)


async def asked(vantage: Vantage, pair: Pair, settings: Ocsp) -> Seen:
    """Ask the responder."""
    url = ocsp.responder(pair.certificate)
    if url is None:
        return Seen(unanswered(settings.unanswered, f"{pair.name} names no OCSP responder"))
    try:
        async with asyncio.timeout(left(vantage)):
            answer = await vantage.http.request(
                "POST", url, headers=QUESTION, body=ocsp.question(pair.certificate, pair.issuer), options=ONCE
            )
    except (ProbeError, OSError) as error:
        return Seen(unanswered(settings.unanswered, f"the OCSP responder {url} gives no answer: {told(error)}"))
    if answer.status != 200:
        return Seen(unanswered(settings.unanswered, f"the OCSP responder {url} answers {answer.status}"))
    return said("asked", answer.body, pair, vantage.now(), settings.unanswered)


def said(source: str, response: bytes, pair: Pair, now: datetime, otherwise: Unanswered) -> Seen:
    """Return what a response says; ``otherwise`` is what one that cannot be believed means."""
    try:
        found = ocsp.statement(response, pair.certificate, pair.issuer, now)
    except UnusableError as error:
        return Seen(unanswered(otherwise, f"the {source} OCSP response cannot be believed: {error}"))
    findings: tuple[Finding, ...] = ()
    if found.status is CertificateStatus.REVOKED:
        findings = (
            bad(Reason.CERTIFICATE_REVOKED, revoked(pair, found.revoked, found.why, f"the {source} OCSP response")),
        )
    elif found.status is CertificateStatus.UNKNOWN:
        findings = unanswered(otherwise, f"the {source} OCSP response does not know {pair.name}")
    return Seen(findings, tuple(ocsp_readings(source, found)))


def ocsp_readings(source: str, found: Statement) -> Iterator[Reading]:
    """Yield what a response shows."""
    yield OCSP_STATUS(1, source=source, status=found.status)
    yield OCSP_THIS_UPDATE(found.this_update.timestamp(), source=source)
    if found.next_update is not None:
        yield OCSP_NEXT_UPDATE(found.next_update.timestamp(), source=source)
