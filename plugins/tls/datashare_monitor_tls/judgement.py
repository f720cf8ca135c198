"""What the rules find in that which a server showed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from datashare_monitor_tls.findings import Finding, bad, poor
from datashare_monitor_tls.identity import Expected, believed, names
from datashare_monitor_tls.server import Server
from datashare_monitor_tls.strength import cipher_of, is_allowed, weaknesses
from datashare_monitor_tls.trust import problem, refusal
from datashare_monitor_tls.validity import Limits, begins, days_left, ends, first_to_end
from monitor.plugin import Pattern, Reason, TlsFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a server is measured by."""

    limits: Limits
    expected: Expected
    allowed_ciphers: Sequence[Pattern]


def findings_in(facts: TlsFacts, server: Server, rules: Rules, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong, what the server was refused for first."""
    yield from problem(facts, server.name, now)
    if not facts.chain:
        yield bad(Reason.TLS, f"no certificate shown, {facts.version} with {cipher_of(facts)}")
        return
    yield from refusal(facts, server.tls_config)
    yield from ends(facts.verified_chain or facts.chain, rules.limits, now)
    yield from begins(facts.chain, now)
    yield from rules.expected.missed(facts.chain[0], believed(facts))
    if facts.cipher and rules.allowed_ciphers and not is_allowed(facts.cipher, rules.allowed_ciphers):
        yield bad(Reason.CERTIFICATE_WEAK, f"the cipher {cipher_of(facts)} is not among those allowed")
    if facts.reason is not Reason.CERTIFICATE_WEAK:
        yield from (poor(Reason.CERTIFICATE_WEAK, words) for words in weaknesses(facts.verified_chain or facts.chain))


def summary(facts: TlsFacts, now: datetime) -> str:
    """Return what a good server showed, for a person."""
    if not facts.chain:
        return facts.version
    first = facts.chain[0]
    end = days_left(first_to_end(facts.verified_chain or facts.chain), now)
    sent = f"{len(facts.chain)} certificates sent"
    return f"{facts.version} with {cipher_of(facts)}, {end}, for {names(first)}, issued by {first.issuer}, {sent}"
