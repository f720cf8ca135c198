"""Revocation lists, fetched and in files, as evidence."""

import asyncio

from datashare_monitor_tls import crl
from datashare_monitor_tls.evidence import Pair, Seen, left, revoked, told, unanswered
from datashare_monitor_tls.files import read
from datashare_monitor_tls.findings import bad, ours
from datashare_monitor_tls.ocsp import UnusableError
from datashare_monitor_tls.readings import CRL_ENTRIES, CRL_NEXT_UPDATE
from datashare_monitor_tls.settings import Crl
from monitor.plugin import HttpOptions, ProbeError, Reason, Vantage


async def listed(vantage: Vantage, pair: Pair, settings: Crl) -> Seen:
    """Look at the revocation list."""
    place = settings.file or crl.distribution_point(pair.certificate)
    if place is None:
        return Seen(unanswered(settings.unanswered, "the certificate names no revocation list"))
    try:
        async with asyncio.timeout(left(vantage)):
            data = await content(vantage, place, settings)
            found = await asyncio.to_thread(crl.listed, data, pair.certificate, pair.issuer, vantage.now())
    except UnusableError as error:
        return Seen(unanswered(settings.unanswered, f"the revocation list {place} cannot be believed: {error}"))
    except (ProbeError, OSError) as error:
        if settings.file and not isinstance(error, TimeoutError):
            return Seen((ours(f"the revocation list {place} cannot be read: {told(error)}"),))
        return Seen(unanswered(settings.unanswered, f"the revocation list {place} cannot be had: {told(error)}"))
    readings = [CRL_ENTRIES(found.entries)]
    if found.next_update is not None:
        readings.append(CRL_NEXT_UPDATE(found.next_update.timestamp()))
    if found.revoked is None:
        return Seen((), tuple(readings))
    return Seen((bad(Reason.CERTIFICATE_REVOKED, revoked(found.revoked, found.why, place)),), tuple(readings))


async def content(vantage: Vantage, place: str, settings: Crl) -> bytes:
    """Return the bytes of a list.

    Raises:
        ProbeError: It is too large, or cannot be fetched.
        OSError: It cannot be read or fetched.
    """
    if settings.file:
        return await asyncio.to_thread(read, place, settings.max_size)
    answer = await vantage.http.request("GET", place, options=HttpOptions(max_body=settings.max_size, max_redirects=3))
    if answer.status != 200:
        raise ProbeError(Reason.STATUS, f"answered {answer.status}, expected 200")
    return answer.body
