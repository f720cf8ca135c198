"""Why a certificate was not accepted, in words that say what to do."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from datashare_monitor_tls.findings import Finding, bad
from datashare_monitor_tls.identity import names
from datashare_monitor_tls.strength import cipher_of, weaknesses
from datashare_monitor_tls.validity import subject
from monitor.plugin import Certificate, Reason, TlsConfig, TlsFacts

DATED = {Reason.CERTIFICATE_EXPIRED, Reason.CERTIFICATE_NOT_YET_VALID}
CLIENT_ALERTS = ("certificate", "unknown ca", "access denied", "handshake failure", "hung up")
"""What servers say to a client whose certificate is missing or not accepted."""


def problem(facts: TlsFacts, name: str, now: datetime) -> Iterator[Finding]:
    """Yield why the certificate was not accepted, unless the dates tell it anyway."""
    if facts.reason is None:
        return
    if facts.reason in DATED and any(not one.not_before <= now <= one.not_after for one in facts.chain):
        return
    yield bad(facts.reason, words(facts, name))


def words(facts: TlsFacts, name: str) -> str:
    """Return the problem for a person."""
    if not facts.chain:
        return facts.problem
    first = facts.chain[0]
    top = last_link(facts.chain)
    match facts.reason:
        case Reason.CERTIFICATE_NAME:
            return f"certificate is for {names(first)}, not for {name}"
        case Reason.CERTIFICATE_SELF_SIGNED:
            return f"certificate of {subject(first)} is signed by itself, and not by an authority that is trusted"
        case Reason.CERTIFICATE_UNTRUSTED if top.subject == top.issuer:
            return f"the authority {subject(top)} is not trusted: {facts.problem}"
        case Reason.CERTIFICATE_UNTRUSTED:
            return f"the authority {top.issuer!r} is neither trusted nor sent: {facts.problem}"
        case Reason.CERTIFICATE_CHAIN:
            return f"the server sends {len(facts.chain)} certificates and not that of {top.issuer!r}: {facts.problem}"
        case Reason.CERTIFICATE_WEAK:
            weak = "; ".join(weaknesses(facts.chain)) or f"{facts.version} with {cipher_of(facts)} is all it offers"
            return f"{weak}: {facts.problem}"
    return f"certificate of {subject(first)}: {facts.problem}"


def last_link(chain: Sequence[Certificate]) -> Certificate:
    """Return the last certificate that follows from the server's own, each the issuer of the one before."""
    seen = [chain[0]]
    while seen[-1].subject != seen[-1].issuer:
        issuer = next((one for one in chain if one.subject == seen[-1].issuer and one not in seen), None)
        if issuer is None:
            break
        seen.append(issuer)
    return seen[-1]


def refusal(facts: TlsFacts, config: TlsConfig) -> Iterator[Finding]:
    """Yield why the server did not go on with us."""
    if not facts.refusal:
        return
    if not any(word in facts.refusal for word in CLIENT_ALERTS):
        yield bad(Reason.TLS, f"the server broke off: {facts.refusal}")
    elif config.cert_file:
        yield bad(Reason.UNAUTHORIZED, f"the server does not accept our client certificate: {facts.refusal}")
    else:
        yield bad(
            Reason.UNAUTHORIZED,
            f"the server seems to demand a client certificate, and tls_config has no cert_file: {facts.refusal}",
        )
