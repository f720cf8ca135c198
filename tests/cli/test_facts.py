"""Promise: a machine gets all that a person sees, under keys that stay, in valid JSON."""

import json
from ipaddress import ip_address

from web.pretend import CERT_EXPIRY, check, outcome

from monitor.cli.facts import outcome_facts
from monitor.cli.verdict import Subject
from monitor.network.sight import Attempt, Handshake, Judgement, Lookup, Seen
from monitor.observation import Reason, down
from monitor.plugin.vantage import TlsFacts
from monitor.testing.tls import AUTHORITY

CHECK = check("ha-noi/lgsp/api")
FACTS = TlsFacts(version="TLS 1.3", cipher="x", chain=())
LOOPBACK = ip_address("127.0.0.1")


def test_keys_stay_and_json_is_valid():
    facts = outcome_facts(
        Subject(check=CHECK), outcome(CHECK.id, down(Reason.TIMEOUT, "\x1b", CERT_EXPIRY(float("nan"))))
    )

    text = json.dumps(facts, allow_nan=False)
    assert [*json.loads(text)] == [
        "check", "kind", "started", "vantage", "duration_seconds", "status", "reason", "fault", "detail", "phases",
        "why", "readings", "target", "to_act", "to_do", "assertions", "names", "connections", "tls",
    ]  # fmt: skip
    assert "\\u001b" not in text


def test_what_the_network_saw_is_in_it():
    seen = Seen(
        lookups=(Lookup("localhost", (LOOPBACK,)),),
        attempts=(Attempt(LOOPBACK, 443, "connection refused"),),
        handshakes=(Handshake(name="localhost", peer=None, facts=FACTS, problem=AUTHORITY),),
        judgements=(Judgement("queue < 10", "\x1b17", holds=False),),
    )

    facts = outcome_facts(Subject(check=CHECK, target="tls://localhost"), outcome(CHECK.id, down(Reason.TLS, "")), seen)

    assert (facts["check"], facts["target"]) == (None, "tls://localhost")
    assert facts["names"] == {"localhost": ["127.0.0.1"]}
    assert facts["connections"] == [{"address": "127.0.0.1", "port": 443, "failure": "connection refused"}]
    assert facts["assertions"] == [{"assertion": "queue < 10", "value": "\\x1b17", "holds": False}]
    assert (facts["tls"][0]["verified"], facts["tls"][0]["problem"]) == (False, AUTHORITY)
