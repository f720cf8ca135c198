"""Whether a server's certificate is revoked, by all the sources that are to be asked."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from cryptography import x509

from datashare_monitor_tls.evidence import Pair, Seen, left, told, unanswered
from datashare_monitor_tls.findings import bad
from datashare_monitor_tls.inquiry import asked, said
from datashare_monitor_tls.lists import listed
from datashare_monitor_tls.readings import STAPLED
from datashare_monitor_tls.server import Server
from datashare_monitor_tls.settings import Crl, Ocsp, Stapled
from datashare_monitor_tls.stapling import stapled
from datashare_monitor_tls.validity import subject
from monitor.plugin import Certificate, ProbeError, Reason, TlsFacts, Vantage

MOST_AUTHORITIES = 8
"""Between a server and its root; a longer chain is looked at so far."""


async def revocation(
    vantage: Vantage, server: Server, facts: TlsFacts, ocsp: Ocsp | None, crl: Crl | None
) -> tuple[Seen, ...]:
    """Return what each source says of the server's certificate, and of its authorities' where that is wanted.

    Only of a chain that was accepted: the addresses in any other are a stranger's, who would have us send requests
    there. What is measured is about the server's own.
    """
    if not facts.verified_chain or (ocsp is None and crl is None):
        return ()
    if len(facts.verified_chain) < 2:
        meaning = (ocsp or crl).unanswered  # type: ignore[union-attr]
        return (Seen(unanswered(meaning, "the certificate is trusted by itself, so nobody can revoke it")),)
    own, *authorities = pairs(facts.verified_chain)
    asking = [*sources(vantage, server, own, ocsp, crl)]
    asking += [silent(each) for one in authorities for each in further(vantage, one, ocsp, crl)]
    return tuple(await asyncio.gather(*asking))


def pairs(chain: Sequence[Certificate]) -> Iterator[Pair]:
    """Yield the certificates of a chain with their issuers, the server's own first; nobody revokes the root."""
    read = [x509.load_der_x509_certificate(one.der) for one in chain[: MOST_AUTHORITIES + 2]]
    for place, (certificate, issuer) in enumerate(pairwise(read)):
        name = f"the certificate of {subject(chain[place])}" if place else "the certificate"
        yield Pair(certificate, issuer, name)


def sources(
    vantage: Vantage, server: Server, pair: Pair, ocsp: Ocsp | None, crl: Crl | None
) -> Iterator[Awaitable[Seen]]:
    """Yield the sources that are to be asked about the server's own certificate."""
    if ocsp is not None and ocsp.stapled is not Stapled.IGNORED:
        yield handed_over(vantage, server, pair, ocsp)
    if ocsp is not None and ocsp.ask:
        yield asked(vantage, pair, ocsp)
    if crl is not None:
        yield listed(vantage, pair, crl)


def further(vantage: Vantage, pair: Pair, ocsp: Ocsp | None, crl: Crl | None) -> Iterator[Awaitable[Seen]]:
    """Yield the sources that are to be asked about an authority's certificate."""
    if ocsp is not None and ocsp.chain:
        yield asked(vantage, pair, ocsp)
    if crl is not None and crl.chain:
        yield listed(vantage, pair, crl)


async def silent(source: Awaitable[Seen]) -> Seen:
    """Return what a source finds, and nothing that it measures: a check has one series of each."""
    return Seen((await source).findings)


async def handed_over(vantage: Vantage, server: Server, pair: Pair, settings: Ocsp) -> Seen:
    """Look at what the server staples."""
    try:
        async with asyncio.timeout(left(vantage)):
            response, shown = await stapled(vantage, server)
    except (ProbeError, OSError) as error:
        return Seen(unanswered(settings.unanswered, f"the server cannot be asked for an OCSP response: {told(error)}"))
    reading = STAPLED(1 if response else 0)
    if response:
        # One of several servers behind an address may have another certificate of the same issuer.
        about = replace(pair, certificate=x509.load_der_x509_certificate(shown)) if shown else pair
        seen = said("stapled", response, about, vantage.now(), settings.unanswered)
        return Seen(seen.findings, (reading, *seen.readings))
    if settings.stapled is Stapled.REQUIRED or must_staple(pair.certificate):
        why = "" if settings.stapled is Stapled.REQUIRED else ", and its certificate says that it must"
        return Seen((bad(Reason.REVOCATION_UNKNOWN, f"the server staples no OCSP response{why}"),), (reading,))
    return Seen((), (reading,))


def must_staple(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate says that its server staples (RFC 7633)."""
    try:
        features = certificate.extensions.get_extension_for_class(x509.TLSFeature).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return x509.TLSFeatureType.status_request in features
