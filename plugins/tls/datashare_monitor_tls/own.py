"""Our own client certificate: one that runs out is refused by every server at once."""

import asyncio
from dataclasses import replace

from datashare_monitor_tls.evidence import Seen
from datashare_monitor_tls.files import found
from datashare_monitor_tls.readings import CLIENT_EXPIRY
from datashare_monitor_tls.validity import Limits, ends
from monitor.plugin import FaultDomain, TlsConfig, Vantage


async def own_certificate(vantage: Vantage, config: TlsConfig, limits: Limits) -> Seen:
    """Return what our certificate shows; nothing when we have none."""
    if not config.cert_file:
        return Seen()
    held = await asyncio.to_thread(found, config.cert_file, None)
    if not held.certificates:
        return Seen((held.finding,) if held.finding else ())
    first = held.certificates[:1]  # what follows are its issuers
    findings = ends(first, limits, vantage.now(), FaultDomain.CONSUMER)
    return Seen(
        tuple(replace(one, detail=f"our client {one.detail}") for one in findings),
        (CLIENT_EXPIRY(first[0].not_after.timestamp()),),
    )
