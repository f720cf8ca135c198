"""Promise: a person sees what was seen and why; a machine gets the same facts; a terminal is not driven by a target."""

import io
import json

import pytest
from rich.console import Console
from web.pretend import CERT_EXPIRY, check, outcome

from monitor.cli.verdict import outcome_facts, show, why
from monitor.observation import FaultDomain, Reason, degraded, down, unknown, up

CHECK = check("ha-noi/lgsp/api")


def shown(observation, **phases) -> str:
    out = io.StringIO()
    show(CHECK, outcome(CHECK.id, observation, **phases), Console(file=out, width=100, force_terminal=False))
    return out.getvalue()


def test_phases_stand_one_behind_the_other():
    lines = shown(up(), duration=0.1, resolve=0.025, connect=0.075).splitlines()

    resolve = next(line for line in lines if line.startswith("resolve"))
    connect = next(line for line in lines if line.startswith("connect"))
    assert resolve.count("█") == 10
    assert connect.count("█") == 30
    assert connect.index("█") == resolve.rindex("█") + 1
    assert "25.0 ms" in resolve


def test_verdict_reason_detail_and_fault_are_told():
    text = shown(down(Reason.STATUS, "answered 503, expected 200", fault=FaultDomain.PROVIDER))

    assert "✕ DOWN" in text
    assert "status: unexpected status" in text
    assert "answered 503, expected 200" in text
    assert "the provider" in text
    assert "says down after 2 such runs in a row" in " ".join(text.split())


def test_readings_are_listed():
    assert "probe_ssl_earliest_cert_expiry" in shown(degraded(Reason.CERTIFICATE_EXPIRES, "soon", CERT_EXPIRY(3.5)))


def test_target_cannot_drive_the_terminal():
    text = shown(down(Reason.CONTENT, "\x1b[2J\x07\x9b31m[red]hello[/red] [link=x]"))

    assert not any(one in text for one in "\x1b\x07\x9b")
    assert "[red]hello[/red]" in text


@pytest.mark.parametrize(
    ("observation", "expected"),
    [
        (up(), "as it should"), (down(Reason.TIMEOUT, ""), "gave no proper answer"),
        (down(Reason.STATUS, ""), "answered, but not well"), (unknown(Reason.NETWORK, ""), "the monitor's"),
    ],
)  # fmt: skip
def test_why_tells_what_the_verdict_rests_on(observation, expected):
    assert expected in why(CHECK, observation)


def test_machine_gets_stable_keys_and_valid_json():
    facts = outcome_facts(CHECK, outcome(CHECK.id, down(Reason.TIMEOUT, "\x1b", CERT_EXPIRY(float("nan")))))

    text = json.dumps(facts, allow_nan=False)
    assert [*json.loads(text)] == [
        "check", "kind", "started", "vantage", "duration_seconds", "status", "reason", "fault", "detail", "phases",
        "why", "readings",
    ]  # fmt: skip
    assert "\\u001b" not in text
