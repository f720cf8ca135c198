"""Promise: a target tells its kind by its scheme, its settings are read as in a file, and what is wrong is said."""

import pytest

from monitor.cli.trial import TrialError, kind_of, nested, trial
from monitor.plugin.catalogue import discover


@pytest.fixture(scope="module")
def catalogue():
    return discover()


@pytest.mark.parametrize(
    ("target", "kind", "host"),
    [
        ("https://lgsp.hanoi.example/a", "http", "lgsp.hanoi.example"), ("10.0.0.1:5432", "tcp", "10.0.0.1"),
        ("tls://lgsp.hanoi.example", "tls", "lgsp.hanoi.example"), ("[2001:db8::1]:22", "tcp", "2001:db8::1"),
        ("tls://lgsp.hanoi.example:8443", "tls", "lgsp.hanoi.example"), ("tcp://h.example:25", "tcp", "h.example"),
        ("dns://10.0.0.53?query=hanoi.example&type=AAAA", "dns", "10.0.0.53"),
    ],
)  # fmt: skip
def test_scheme_tells_the_kind(catalogue, target, kind, host):
    check = trial(catalogue, target, None, (), "3s")

    assert (check.kind, check.host, check.timeout.total_seconds()) == (kind, host, 3)


def test_settings_are_read_as_in_a_file(catalogue):
    settings = [
        ("valid_status_codes", "[200, 401]"),
        ("headers.X-System", "lgsp"),
        ("tls_config.server_name", "a.example"),
    ]

    probe = trial(catalogue, "https://h.example/", None, settings, "10s").probe

    assert probe.valid_status_codes == (200, 401)
    assert probe.headers == {"X-System": "lgsp"}
    assert probe.tls_config.server_name == "a.example"


def test_question_of_a_name_server_stands_behind_the_question_mark(catalogue):
    probe = trial(
        catalogue, "dns://10.0.0.53:5353?query=hanoi.example&type=MX&recursion_desired=false", None, (), "1s"
    ).probe

    assert (probe.target, probe.query_name, probe.query_type) == ("10.0.0.53:5353", "hanoi.example", "MX")
    assert probe.recursion_desired is False


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("dns://10.0.0.53/hanoi.example", ("10.0.0.53", "hanoi.example", "A")),
        ("dns://10.0.0.53:5353/hanoi.example?type=MX", ("10.0.0.53:5353", "hanoi.example", "MX")),
        ("dns://[2001:db8::53]/hanoi.example?TYPE=AAAA;CLASS=IN", ("[2001:db8::53]", "hanoi.example", "AAAA")),
    ],
)
def test_name_to_ask_for_is_the_path_of_a_dns_url(catalogue, target, expected):
    probe = trial(catalogue, target, None, (), "1s").probe

    assert (probe.target, probe.query_name, probe.query_type) == expected


@pytest.mark.parametrize(
    ("target", "place", "tls"),
    [
        ("ldap://h.example", "h.example:389", False),
        ("ldap://h.example:1389", "h.example:1389", False),
        ("ldap://h.example/", "h.example:389", False),
        ("ldaps://h.example", "h.example:636", True),
        ("ldaps://[2001:db8::1]", "[2001:db8::1]:636", True),
        ("grpcs://h.example:50051", "h.example:50051", True),
    ],
)
def test_scheme_says_port_and_tls(catalogue, target, place, tls):
    probe = trial(catalogue, target, None, (), "1s").probe

    assert (str(probe.target), probe.tls) == (place, tls)


def test_kind_names_its_target_as_it_likes(catalogue):
    probe = trial(catalogue, "https://h.example/newest", "freshness", (("max_age", "2h"),), "10s").probe

    assert (probe.url, probe.max_age.total_seconds()) == ("https://h.example/newest", 7200)


@pytest.mark.parametrize(
    ("target", "kind", "settings", "said"),
    [
        ("h.example", None, (), "does not say what to try"),
        ("gopher://h.example", None, (), 'no probe kind "gopher" is installed'),
        ("https://u:canary-1@h.example/", None, (), "user name"),
        ("https://h.example/", None, (("methods", "HEAD"),), 'did you mean "method"?'),
        ("https://h.example/", None, (("body_size_limit", "much"),), "body_size_limit: "),
        ("https://h.example/", None, (("headers", "{a: [}"),), "headers: not YAML"),
        ("https://h.example/", None, (("method", "GET"), ("method.a", "x")), "has a value already"),
        ("tcp://h.example", None, (), "host:port"),
        ("dns://10.0.0.1", None, (), "write the name to ask for: dns://server/NAME"),
        ("dns://10.0.0.1/", None, (), "write the name to ask for: dns://server/NAME"),
        ("dns:hanoi.example", None, (), "does not say what to try; write"),
        ("", "http", (), 'the key "target" is missing'),
        ("", "exec", (), "keys are given with --set KEY=VALUE; datashare-monitor plugins exec explains them"),
        ("udp://h.example:514", None, (), "write send or send_hex\nkeys are given with --set"),
        ("h.example:1", "heartbeat", (), "name its check, AGENCY/TARGET/CHECK"),
        ("smtp://h.example:25", None, (), "write tls://HOST:PORT?starttls=smtp to see its certificate"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_remedy(catalogue, target, kind, settings, said):
    with pytest.raises(TrialError) as refused:
        trial(catalogue, target, kind, settings, "10s")

    assert said in str(refused.value)
    assert "canary" not in str(refused.value)


def test_protocol_that_turns_to_tls_stands_behind_the_question_mark(catalogue):
    probe = trial(catalogue, "tls://h.example:25?starttls=smtp", None, (), "1s").probe

    assert (str(probe.target), probe.starttls) == ("h.example:25", "smtp")


def test_timeout_that_is_none_is_refused(catalogue):
    with pytest.raises(TrialError, match=r"timeout: .*is not a duration"):
        trial(catalogue, "h.example:1", None, (), "soon")


def test_kinds_of_schemes_with_other_names():
    assert [kind_of(one) for one in ("wss://h/", "ping://h", "unix:///run/a", "ldap://h")] == [
        "websocket", "icmp", "tcp", "ldap",
    ]  # fmt: skip


def test_empty_value_is_empty_text():
    assert nested([("body", "")]) == {"body": ""}
