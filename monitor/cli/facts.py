"""One outcome for a machine; the keys stay as they are from release to release."""

from datetime import datetime

from monitor.cli.owner import who_acts
from monitor.cli.verdict import Subject, why
from monitor.network.sight import NOTHING, Handshake, Seen
from monitor.outcome import Outcome
from monitor.plugin.vantage import Certificate
from monitor.sinks.printable import printable
from monitor.web.record import Json, moment, outcome_json, readings_json

DAY_SECONDS = 86_400


def outcome_facts(subject: Subject, outcome: Outcome, seen: Seen = NOTHING) -> dict[str, Json]:
    """Return everything that a look brought."""
    observation = outcome.observation
    advice = subject.advice_on(outcome)
    return {
        "check": None if subject.target else subject.check.id,
        "kind": subject.check.kind,
        **outcome_json(outcome),
        "why": why(subject.check, observation),
        "readings": readings_json(observation.readings),
        "target": printable(subject.target) or subject.check.target,
        "to_act": None if advice is None else who_acts(advice.fault, subject.check, subject.inventory),
        "to_do": None if advice is None else advice.remedy,
        "assertions": [
            {"assertion": printable(one.assertion), "value": printable(one.value), "holds": one.holds}
            for one in seen.judgements
        ],
        "names": {printable(one.host): [str(address) for address in one.addresses] for one in seen.lookups},
        "connections": [
            {"address": str(one.address), "port": one.port, "failure": one.failure or None} for one in seen.attempts
        ],
        "tls": [_handshake_json(one, outcome.started) for one in seen.handshakes],
    }


def _handshake_json(handshake: Handshake, now: datetime) -> Json:
    facts = handshake.facts
    return {
        "server_name": printable(handshake.name),
        "version": facts.version if facts else None,
        "cipher": printable(facts.cipher) if facts else None,
        "verified": bool(facts and facts.verified_chain and not handshake.problem),
        "problem": printable(handshake.problem) or None,
        "chain": [_certificate_json(one, now) for one in (facts.chain if facts else ())],
    }


def _certificate_json(certificate: Certificate, now: datetime) -> Json:
    return {
        "subject": printable(certificate.subject),
        "issuer": printable(certificate.issuer),
        "serial": certificate.serial,
        "not_before": moment(certificate.not_before),
        "not_after": moment(certificate.not_after),
        "days_left": round((certificate.not_after - now).total_seconds() / DAY_SECONDS, 1),
        "names": [printable(name) for name in certificate.names],
        "sha256": certificate.fingerprint,
    }
