"""Whether a server's certificate is revoked, by all the sources that are to be asked."""

import asyncio
from collections.abc import Awaitable, Iterator

from cryptography import x509

from datashare_monitor_tls.evidence import Pair, Seen, left, told, unanswered
from datashare_monitor_tls.findings import bad
from datashare_monitor_tls.inquiry import asked, said
from datashare_monitor_tls.lists import listed
from datashare_monitor_tls.readings import STAPLED
from datashare_monitor_tls.server import Server
from datashare_monitor_tls.settings import Crl, Ocsp, Stapled
from datashare_monitor_tls.stapling import stapled
from monitor.plugin import ProbeError, Reason, TlsFacts, Vantage


async def revocation(
    vantage: Vantage, server: Server, facts: TlsFacts, ocsp: Ocsp | None, crl: Crl | None
) -> tuple[Seen, ...]:
    """Return what each source says of the server's certificate.

    Only of one that was accepted: the addresses in any other are a stranger's, who would have us send requests there.
    """
    if not facts.verified_chain or (ocsp is None and crl is None):
        return ()
    if len(facts.verified_chain) < 2:
        meaning = (ocsp or crl).unanswered  # type: ignore[union-attr]
        return (Seen(unanswered(meaning, "the certificate is trusted by itself, so nobody can revoke it")),)
    certificate, issuer = (x509.load_der_x509_certificate(one.der) for one in facts.verified_chain[:2])
    return tuple(await asyncio.gather(*sources(vantage, server, Pair(certificate, issuer), ocsp, crl)))


def sources(
    vantage: Vantage, server: Server, pair: Pair, ocsp: Ocsp | None, crl: Crl | None
) -> Iterator[Awaitable[Seen]]:
    """Yield the sources that are to be asked."""
    if ocsp is not None and ocsp.stapled is not Stapled.IGNORED:
        yield handed_over(vantage, server, pair, ocsp)
    if ocsp is not None and ocsp.ask:
        yield asked(vantage, pair, ocsp)
    if crl is not None:
        yield listed(vantage, pair, crl)


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
        about = Pair(x509.load_der_x509_certificate(shown), pair.issuer) if shown else pair
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
