"""Promise: a person sees in one glance what is wrong and whose it is; no target drives the terminal."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from datashare_monitor_tcp import TcpProbe
from rich.console import Console
from web.pretend import CERT_EXPIRY, NOW, check, outcome

from monitor.cli.verdict import Subject, show, why
from monitor.measure import Label, Measure
from monitor.network.sight import NOTHING, Attempt, Handshake, Judgement, Lookup, Seen
from monitor.observation import FaultDomain, Reason, degraded, down, unknown, up
from monitor.plugin.vantage import Certificate, TlsFacts
from monitor.testing import configured

CHECK = check("ha-noi/lgsp/api")
SUBJECT = Subject(check=CHECK)


def shown(observation, *, seen=NOTHING, width=100, subject=SUBJECT, **phases) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=False)
    show(subject, outcome(CHECK.id, observation, **phases), seen, console)
    return out.getvalue()


def test_phases_stand_one_behind_the_other():
    lines = shown(up(), duration=0.1, resolve=0.025, connect=0.075).splitlines()

    resolve = next(line for line in lines if "resolve" in line)
    connect = next(line for line in lines if "connect" in line)
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


HOSTILE = "CN=\x1b[2J[red]evil[/red]"


def certificate(ends: timedelta, subject="CN=lgsp.hanoi.example", names=("lgsp.hanoi.example",)) -> Certificate:
    return Certificate(
        subject=subject, issuer="CN=Authority", serial="1", not_before=datetime(2020, 1, 1, tzinfo=UTC),
        not_after=NOW + ends, names=names, fingerprint="ab",
    )  # fmt: skip


def handshake(*chain: Certificate, problem="") -> Seen:
    facts = TlsFacts(version="TLS 1.3", cipher="TLS_AES_256_GCM_SHA384", chain=chain)
    return Seen(
        handshakes=(Handshake(name="lgsp.hanoi.example", peer=("10.0.0.1", 443), facts=facts, problem=problem),)
    )


def test_refused_certificate_is_shown_with_its_end_and_its_problem():
    seen = handshake(certificate(timedelta(days=-3)), certificate(timedelta(days=900)), problem="has expired")

    text = shown(down(Reason.CERTIFICATE, "has expired"), seen=seen)

    assert "✕ has expired" in text
    assert "expired 3 days ago" in text
    assert "above      CN=lgsp.hanoi.example, ends" in text
    assert "in 900 days" in text


def test_certificate_that_is_not_verified_or_not_yet_valid_is_marked():
    early = replace(certificate(timedelta(days=90)), not_before=NOW + timedelta(days=1))

    text = shown(up(), seen=handshake(early))

    assert "? not verified: the check skips it" in text
    assert "not valid yet" in text


def test_trusted_certificate_is_shown_with_the_authority_that_the_server_did_not_send():
    own, root = certificate(timedelta(days=90)), certificate(timedelta(days=900), "CN=Root")
    facts = TlsFacts(version="TLS 1.3", cipher="TLS_AES_256_GCM_SHA384", chain=(own,), verified_chain=(own, root))
    seen = Seen(handshakes=(Handshake(name="lgsp.hanoi.example", peer=("10.0.0.1", 443), facts=facts),))

    text = shown(up(), seen=seen)

    assert "✓ trusted: TLS 1.3, TLS_AES_256_GCM_SHA384" in text
    assert "trusted    CN=Root, ends" in text


def test_server_that_shows_no_certificate_is_said_to_show_none():
    refused = Handshake(name="lgsp.hanoi.example", peer=("10.0.0.1", 443), problem="unable to get local issuer")

    text = shown(down(Reason.CERTIFICATE_CHAIN, "x"), seen=Seen(handshakes=(refused,)))

    assert "✕ unable to get local issuer" in text
    assert "the server did not show its certificates a second time" in text


def test_many_names_are_counted_and_hostile_ones_are_written_out():
    names = tuple(f"host-{number}.example" for number in range(20))

    text = shown(up(), seen=handshake(certificate(timedelta(days=5), HOSTILE, names)))

    assert "and 12 more" in text
    assert "\\x1b[2J[red]evil[/red]" in text
    assert "\x1b" not in text


def test_names_addresses_and_failures_are_listed():
    four, six = ip_address("10.0.0.1"), ip_address("2001:db8::1")
    seen = Seen(
        lookups=(Lookup("lgsp.hanoi.example", (six, four)),),
        attempts=(Attempt(six, 443, "network is unreachable"), Attempt(four, 443)),
    )

    text = shown(up(), seen=seen)

    assert "lgsp.hanoi.example  2001:db8::1, 10.0.0.1" in text
    assert "[2001:db8::1]:443   ✕ network is unreachable" in text
    assert "10.0.0.1:443        ✓ connected" in text


def test_assertions_that_failed_come_first_with_their_value():
    held, failed = Judgement("status_code == 200", "200", holds=True), Judgement("queue < 10", "17", holds=False)
    seen = Seen(judgements=(held, failed))

    lines = [line.split() for line in shown(down(Reason.CONTENT, "queue"), seen=seen).splitlines()]

    assert lines.index(["✕", "queue", "<", "10", "17"]) < lines.index(["✓", "status_code", "==", "200", "200"])


def test_timeout_before_the_connection_is_the_networks_and_behind_it_the_targets():
    before = shown(down(Reason.TIMEOUT, "no answer"), duration=2, resolve=0.1, connect=1.9)
    behind = shown(down(Reason.TIMEOUT, "no answer"), duration=2, connect=0.1, processing=1.9)

    assert "to act   the network" in before
    assert "to act   the provider" in behind
    assert next(line for line in behind.splitlines() if "ended here" in line).split()[0] == "processing"


def test_narrow_terminal_keeps_every_line_within_it():
    seen = handshake(certificate(timedelta(days=3), names=("a-very-long-name." * 6 + "example",)))

    text = shown(degraded(Reason.SLOW, "word " * 40, CERT_EXPIRY(1)), seen=seen, width=60, resolve=0.1, connect=0.2)

    assert max(map(len, text.splitlines())) <= 60
    assert "When the first" not in text
    assert "When the first certificate ends." in shown(up(CERT_EXPIRY(1)), width=120)


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_labels_break_nowhere_but_between_words(width):
    chain = Measure(
        "probe_ssl_last_chain_info", "The chain.", labels=(Label("issuer"), Label("serial"), Label("names"))
    )
    readings = (
        chain(
            1, issuer="CN=Cơ quan chứng thực số,O=Ban Cơ yếu Chính phủ", serial="0f" * 20, names="a.example b.example"
        ),
        Measure("probe_tls_version_info", "The version.", labels=(Label("version"),))(1, version="TLS 1.3"),
        CERT_EXPIRY(1),
    )

    lines = [line.strip() for line in shown(up(*readings), width=width).splitlines()]

    assert max(map(len, lines)) <= width
    assert f'serial="{"0f" * 20}"' in lines
    assert any(line.startswith('probe_tls_version_info{version="TLS 1.3"}') for line in lines)
    assert any(line.startswith('issuer="CN=Cơ quan') for line in lines)


def test_target_of_the_command_line_is_not_called_a_check():
    text = shown(unknown(Reason.EGRESS, "not allowed"), subject=Subject(check=CHECK, target="http://169.254.1.1/"))

    assert "http://169.254.1.1/" in text
    assert "--allow NETWORK" in text
    assert "daemon" not in text


@pytest.mark.parametrize("target", ["", "unix:/run/app.sock"])
def test_socket_that_may_not_be_used_is_named_where_sockets_are(target):
    probe = configured(TcpProbe, {"target": "unix:/run/app.sock"})
    subject = Subject(check=replace(CHECK, probe=probe), target=target)

    text = " ".join(shown(unknown(Reason.EGRESS, "not allowed"), subject=subject).split())

    assert "egress.sockets in monitor.yaml" in text
    assert "--allow" not in text


def test_file_has_no_spaces_at_the_ends_of_lines():
    assert not [line for line in shown(up(CERT_EXPIRY(1)), resolve=0.1).splitlines() if line != line.rstrip()]
