"""Revocation lists, fetched and in files, as evidence."""

import asyncio
from contextlib import suppress

from datashare_monitor_tls import crl
from datashare_monitor_tls.crl import Listed
from datashare_monitor_tls.evidence import Pair, Seen, left, revoked, told, unanswered
from datashare_monitor_tls.files import read
from datashare_monitor_tls.findings import bad, ours
from datashare_monitor_tls.ocsp import UnusableError
from datashare_monitor_tls.readings import CRL_ENTRIES, CRL_NEXT_UPDATE
from datashare_monitor_tls.settings import Crl
from datashare_monitor_tls.shelf import Shelf
from monitor.plugin import HttpOptions, ProbeError, Reason, Vantage

SHELF = Shelf()
"""The lists of this process: all checks below one authority need the same one."""


async def listed(vantage: Vantage, pair: Pair, settings: Crl) -> Seen:
    """Look at the revocation list."""
    place = settings.file or crl.distribution_point(pair.certificate)
    if place is None:
        return Seen(unanswered(settings.unanswered, f"{pair.name} names no revocation list"))
    try:
        async with asyncio.timeout(left(vantage)):
            found = await said(vantage, pair, place, settings)
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
    return Seen((bad(Reason.CERTIFICATE_REVOKED, revoked(pair, found.revoked, found.why, place)),), tuple(readings))


async def said(vantage: Vantage, pair: Pair, place: str, settings: Crl) -> Listed:
    """Return what the list in a file says, one that was kept, or one that is fetched now.

    Raises:
        UnusableError: It cannot be believed.
        ProbeError: It is too large, or cannot be fetched.
        OSError: It cannot be read or fetched.
    """

    async def judged(data: bytes) -> Listed:
        return await asyncio.to_thread(crl.listed, data, pair.certificate, pair.issuer, vantage.now())

    if settings.file:
        return await judged(await asyncio.to_thread(read, place, settings.max_size))
    kept = SHELF.get(place, vantage.now())
    if kept is not None and len(kept) <= settings.max_size:
        with suppress(UnusableError):  # another issuer's, perhaps: then this one's is there now, or nobody's
            return await judged(kept)
    data = await fetched(vantage, place, settings)
    found = await judged(data)
    SHELF.keep(place, data, found.next_update, vantage.now())
    return found


async def fetched(vantage: Vantage, place: str, settings: Crl) -> bytes:
    """Return the bytes of a list.

    Raises:
        ProbeError: It is too large, or is not there.
        OSError: It cannot be fetched.
    """
    answer = await vantage.http.request("GET", place, options=HttpOptions(max_body=settings.max_size, max_redirects=3))
    if answer.status != 200:
        raise ProbeError(Reason.STATUS, f"answered {answer.status}, expected 200")
    return answer.body
