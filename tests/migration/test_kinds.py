"""Promise: what becomes a check of a kind has that kind's options, takes effect, and holds no secret."""

import json

import pytest
import yaml
from click.testing import CliRunner

from monitor.cli.check_config import command as check_config
from monitor.cli.migration import command

CANARY = "canary-7e"
MONITOR = {"id": 1, "name": "m", "interval": 60, "active": 1}


def checks(folder, tool, given, *more):
    """Return the checks by id, and the text of the file; check-config accepts it."""
    (folder / "agencies").mkdir()
    (folder / "monitor.yaml").write_text("time_zone: Asia/Ho_Chi_Minh\n")
    source, file = folder / "given", folder / "agencies" / "a.yaml"
    if given != source:
        source.write_text(json.dumps(given))
    ended = CliRunner().invoke(command, [tool, str(source), *more, "--agency", "a", "--output", str(file)])
    assert ended.exit_code == 0, ended.output
    checked = CliRunner().invoke(check_config, [str(folder)])
    assert checked.exit_code == 0, checked.output
    text = file.read_text("utf-8")
    assert CANARY not in text
    systems = yaml.safe_load(text)["systems"]
    return {check["id"]: check for system in systems for check in system["checks"]}, text


def gatus(folder, url, **more):
    endpoint = {"name": "m", "url": url, "conditions": ["[CONNECTED] == true"], **more}
    found, text = checks(folder, "gatus", {"endpoints": [endpoint]})
    return found["m"]["with"], text


def kuma(folder, **facts):
    found, text = checks(folder, "uptime-kuma", {"version": "1.23", "monitorList": [{**MONITOR, **facts}]})
    return found["m"]["with"], text


def blackbox(folder, module, target="http://a.example"):
    found, text = checks(folder, "blackbox", {"modules": {"m": module}}, "--target", f"m={target}")
    return found["m"]["with"], text


def test_what_reports_in_to_gatus_is_a_heartbeat_with_its_interval(tmp_path):
    given = {"name": "job", "group": "core", "token": CANARY, "heartbeat": {"interval": "30m"}}
    found, _ = checks(tmp_path, "gatus", {"endpoints": [], "external-endpoints": [given, {"name": "other"}]})

    assert (found["job"]["probe"], found["job"]["with"]["interval"]) == ("heartbeat", "30m")
    assert found["other"]["with"]["interval"] == "1d"


WEB = {"type": "http", "url": "https://a.example/"}


@pytest.mark.parametrize("active", [1, True, "1", "true", None, "nothing"])
def test_monitor_of_uptime_kuma_is_active_unless_it_says_that_it_is_not(tmp_path, active):
    """Backups have true and false, older ones 1 and 0; lists made by hand often have nothing."""
    given = {key: value for key, value in {**MONITOR, **WEB, "active": active}.items() if value != "nothing"}
    found, text = checks(tmp_path, "uptime-kuma", {"monitorList": [given]})

    assert (list(found), "paused" in text) == (["m"], False)


@pytest.mark.parametrize("active", [0, False, "0", "false"])
def test_monitor_of_uptime_kuma_that_is_paused_is_left_out(tmp_path, active):
    paused = {**MONITOR, **WEB, "name": "resting", "active": active}
    found, text = checks(tmp_path, "uptime-kuma", {"monitorList": [{**MONITOR, **WEB}, paused]})

    assert list(found) == ["m"]
    assert "# resting: it is paused\n" in text


def test_monitor_of_uptime_kuma_rests_with_the_groups_that_it_is_in(tmp_path):
    """A database has what was said of each monitor alone; a backup since 1.22 has the outcome of both."""
    monitors = [
        {"id": 1, "name": "region", "type": "group", "active": 0},
        {"id": 2, "name": "office", "type": "group", "active": 1, "parent": 1},
        {"id": 3, "name": "loop", "type": "group", "active": 1, "parent": 4},
        {"id": 4, "name": "knot", "type": "group", "active": 1, "parent": 3},
        {**MONITOR, **WEB, "id": 5, "name": "portal", "parent": 2},
        {**MONITOR, **WEB, "id": 6, "parent": 3},
        {**MONITOR, **WEB, "id": 7, "name": "orphan", "parent": 99},
    ]
    found, text = checks(tmp_path, "uptime-kuma", {"monitorList": monitors})

    assert list(found) == ["m", "orphan"]
    assert "# portal: its group region is paused\n" in text


def test_what_pushes_to_uptime_kuma_is_a_heartbeat_with_its_interval(tmp_path):
    settings, _ = kuma(tmp_path, type="push", pushToken=CANARY, interval=3600)

    assert settings["interval"] == "1h"


def test_grpc_speaks_tls_when_gatus_did(tmp_path):
    settings, _ = gatus(tmp_path, "grpcs://a.example:50051", client={"insecure": True})

    assert settings == {"target": "a.example:50051", "tls": True, "tls_config": {"insecure_skip_verify": True}}


def test_grpc_in_the_clear_has_no_options_of_tls(tmp_path):
    assert gatus(tmp_path, "grpc://a.example:50051", client={"insecure": True})[0] == {"target": "a.example:50051"}


def test_a_limit_of_a_ping_is_one_of_its_round_trip(tmp_path):
    settings, _ = gatus(tmp_path, "icmp://a.example", conditions=["[RESPONSE_TIME] < 100"])

    assert settings["max_rtt"] == "100ms"


@pytest.mark.parametrize(
    ("url", "option"),
    [("wss://a.example/", {"query_response": [{"send": "hello"}]}), ("udp://a.example:9", {"send": "hello"})],
)
def test_what_is_sent_is_sent(tmp_path, url, option):
    settings, _ = gatus(tmp_path, url, body="hello")

    assert settings.items() >= option.items()


@pytest.mark.parametrize(
    ("condition", "pattern"),
    [("[BODY] == pat(*served by*)", "(?s)^.*served by.*$"), ("[BODY] == pong", "^pong$")],
)
def test_what_a_websocket_answers_is_expected(tmp_path, condition, pattern):
    conditions = [condition, "[BODY] == pat(x*)", "[BODY].a == 1"]
    settings, text = gatus(tmp_path, "wss://a.example/", body="status", conditions=conditions)

    assert settings["query_response"] == [{"send": "status"}, {"expect": pattern}]
    assert [condition in text for condition in conditions] == [False, True, True]


def test_password_of_a_proxy_of_gatus_goes_into_a_file(tmp_path):
    client = {"proxy-url": f"http://me:{CANARY}@proxy.example:3128"}
    settings, text = gatus(tmp_path, "https://a.example/", client=client)

    assert settings["proxy_url"] == "http://proxy.example:3128"
    assert settings["proxy_basic_auth"]["username"] == "me"
    assert f"put the password of me into {settings['proxy_basic_auth']['password']['file']}" in text


@pytest.mark.parametrize("key", ["maintenance", "alerting", "remote", "suites", "tunneling", "connectivity"])
def test_what_gatus_says_beside_its_endpoints_stands_in_a_comment(tmp_path, key):
    endpoint = {"name": "m", "url": "https://a.example/", "conditions": ["[STATUS] == 200"], "extra-labels": {"a": "b"}}
    given = {"endpoints": [endpoint], key: {"start": "23:00"}, "metrics": True}
    _, text = checks(tmp_path, "gatus", given)

    assert f"\n# {key}: " in text
    assert "# not carried over: extra-labels\n" in text


def test_what_cannot_be_sent_stands_in_a_comment(tmp_path):
    assert "not carried over: body" in gatus(tmp_path, "tcp://a.example:9", body="hello")[1]


def test_the_size_of_a_ping_is_carried_over(tmp_path):
    assert kuma(tmp_path, type="ping", hostname="a.example", packetSize=1200)[0]["payload_size"] == 1200


def test_a_token_is_asked_for_as_uptime_kuma_did(tmp_path):
    token = {"oauth_client_id": "me", "oauth_client_secret": CANARY, "oauth_token_url": "https://login.example/"}
    settings, _ = kuma(
        tmp_path, type="http", url="https://a.example/", authMethod="oauth2-cc", **token,
        oauth_auth_method="client_secret_post",
    )  # fmt: skip

    assert settings["oauth2"]["auth_style"] == "params"


@pytest.mark.parametrize(
    ("operator", "expected", "assertion"),
    [
        ("", "5", {"json": "to_string(a.b)", "matches": '^"?5"?$'}),
        ("==", "5", {"json": "to_string(a.b)", "matches": '^"?5"?$'}),
        ("!=", "x.y", {"json": "to_string(a.b)", "not_matches": '^"?x\\.y"?$'}),
        ("contains", "x.y", {"json": "to_string(a.b)", "matches": "x\\.y"}),
        (">", "5", {"json": "to_number(a.b)", "more_than": 5}),
        ("<=", "-2.5", {"json": "to_number(a.b)", "at_most": -2.5}),
        (">", "five", None),
        ("~", "5", None),
    ],
)
def test_a_query_is_compared_as_uptime_kuma_did(tmp_path, operator, expected, assertion):
    settings, text = kuma(
        tmp_path, type="json-query", url="https://a.example/", jsonPath="$.a.b", jsonPathOperator=operator,
        expectedValue=expected,
    )  # fmt: skip

    assert settings.get("assertions") == (assertion and [assertion])
    assert ("not carried over: the query" in text) == (assertion is None)


def test_what_uptime_kuma_asks_in_another_way_says_what_to_write(tmp_path):
    types = ["postgres", "redis", "grpc-keyword", "steam"]
    monitors = [
        {**MONITOR, "name": kind, "type": kind, "databaseConnectionString": f"x://u:{CANARY}@h"} for kind in types
    ]
    given = {"monitorList": [{**MONITOR, **WEB}, *monitors], "notificationList": [{"config": CANARY}]}
    _, text = checks(tmp_path, "uptime-kuma", given)

    for said in (
        "# postgres: its login is in a connection string, which is not carried over; write a check of the kind sql\n",
        "write a check of the kind redis\n",
        "a check of the kind grpc asks the health service\n",
        "# steam: monitors of the type steam have no probe kind here\n",
        "# notifications: alerts belong into Alertmanager",
    ):
        assert said in text


@pytest.mark.parametrize("path", ["$count(items)", "$sum(items.price)", "items[price > 5]", "a & b"])
def test_a_query_that_means_something_else_here_stands_in_a_comment(tmp_path, path):
    settings, text = kuma(tmp_path, type="json-query", url="https://a.example/", jsonPath=path, expectedValue="5")

    assert "assertions" not in settings
    assert "not carried over: the query" in text


def test_a_body_says_what_it_is(tmp_path):
    web = {"type": "http", "url": "https://a.example/", "method": "POST"}
    settings, _ = kuma(tmp_path, **web, body="<a/>", httpBodyEncoding="xml")

    assert settings["headers"] == {"Content-Type": "text/xml; charset=utf-8"}


@pytest.mark.parametrize(("given", "expected"), [({}, "ANY"), ({"query_type": "MX"}, "MX")])
def test_question_of_blackbox_exporter_is_for_any_record_unless_it_says_for_which(tmp_path, given, expected):
    settings, _ = blackbox(tmp_path, {"prober": "dns", "dns": {"query_name": "a.example", **given}}, "10.0.0.53")

    assert settings["query_type"] == expected


@pytest.mark.parametrize("target", ["/run/app.sock", "unix:/run/app.sock", "unix:///run/app.sock"])
def test_socket_of_blackbox_exporter_is_a_target_of_tcp(tmp_path, target):
    module = {"prober": "unix", "timeout": "3s", "unix": {"query_response": [{"expect": "^ok"}]}}
    found, text = checks(tmp_path, "blackbox", {"modules": {"m": module}}, "--target", f"m={target}")

    assert (found["m"]["probe"], found["m"]["timeout"]) == ("tcp", "3s")
    assert found["m"]["with"] == {"target": "unix:/run/app.sock", "query_response": [{"expect": "^ok"}]}
    assert "# name /run/app.sock under egress.sockets in monitor.yaml\n" in text


@pytest.mark.parametrize(("limit", "expected"), [(0, "16MiB"), ("0B", "16MiB"), ("10MB", "10MiB"), ("2MiB", "2MiB")])
def test_limit_of_a_body_is_carried_over(tmp_path, limit, expected):
    settings, text = blackbox(tmp_path, {"prober": "http", "http": {"body_size_limit": limit}})

    assert settings["body_size_limit"] == expected
    assert "A body of more than 1MiB is too_large here" in text
    assert "HTTP/2 is offered with enable_http2: true" in text


def test_headers_for_a_proxy_are_secrets(tmp_path):
    http = {"proxy_url": "http://proxy.example:3128", "proxy_connect_header": {"Proxy-Authorization": [CANARY]}}
    settings, text = blackbox(tmp_path, {"prober": "http", "http": http})

    assert list(settings["proxy_connect_header"]["Proxy-Authorization"][0]) == ["file"]
    assert "Proxy-Authorization into" in text


def test_the_proxy_to_the_server_of_tokens_is_carried_over_without_its_secrets(tmp_path):
    oauth2 = {
        "client_id": "me",
        "client_secret": CANARY,
        "grant_type": "client_credentials",
        "token_url": "https://login.example/token",
        "proxy_url": f"socks5://me:{CANARY}@proxy.example:1080",
        "tls_config": {"ca_file": "/etc/ssl/ca.pem"},
    }
    settings, text = blackbox(tmp_path, {"prober": "http", "http": {"oauth2": oauth2}})
    settings = settings["oauth2"]

    assert settings["proxy_url"] == "socks5://proxy.example:1080"
    assert (settings["proxy_basic_auth"]["username"], settings["tls_config"]) == ("me", {"ca_file": "/etc/ssl/ca.pem"})
    assert "grant_type" not in settings
    assert CANARY not in text


def test_user_and_password_of_a_proxy_become_a_reference(tmp_path):
    http = {"proxy_url": f"https://me:{CANARY}@proxy.example:3129"}
    settings, text = blackbox(tmp_path, {"prober": "http", "http": http})

    assert settings["proxy_url"] == "https://proxy.example:3129"
    assert settings["proxy_basic_auth"]["username"] == "me"
    assert list(settings["proxy_basic_auth"]["password"]) == ["file"]
    assert "put the password of me into" in text


@pytest.mark.parametrize(
    ("url", "options", "said"),
    [
        ("tls://10.0.0.53:853", {"transport_protocol": "tcp", "dns_over_tls": True}, "asked over TLS"),
        ("tcp://10.0.0.53:53", {"transport_protocol": "tcp"}, "asked over TCP"),
        ("https://10.0.0.53/dns-query", {}, "not carried over: https://; the name server is asked over UDP"),
        ("10.0.0.53", {}, ""),
    ],
)
def test_a_name_server_is_asked_as_its_address_says(tmp_path, url, options, said):
    settings, text = gatus(tmp_path, url, dns={"query-name": "a.example"})

    assert {key: settings[key] for key in settings.keys() & {"transport_protocol", "dns_over_tls"}} == options
    assert (said in text) if said else ("# asked" not in text and "# not carried" not in text)


def test_starttls_of_gatus_is_that_of_smtp(tmp_path):
    assert gatus(tmp_path, "starttls://mail.example:587")[0] == {"target": "mail.example:587", "starttls": "smtp"}


def test_labels_of_a_conversation_stand_in_a_comment(tmp_path):
    step = {"expect": "^SSH-(.*)", "labels": [{"name": "software", "value": "$1"}], "send": "bye"}
    settings, text = blackbox(tmp_path, {"prober": "tcp", "tcp": {"query_response": [step]}}, "a.example:22")

    assert settings["query_response"] == [{"expect": "^SSH-(.*)", "send": "bye"}]
    assert "not carried over: the labels of a step (software)" in text


def test_secret_metadata_is_referred_to(tmp_path):
    grpc = {"metadata": {"authorization": [CANARY], "x-office": ["1", "2"]}}
    settings, _ = blackbox(tmp_path, {"prober": "grpc", "grpc": grpc}, "a.example:50051")

    assert settings["metadata"] == {"x-office": ["1", "2"]}
    assert list(settings["secret_metadata"]["authorization"]) == ["file"]


def test_headers_with_secrets_and_files_are_carried_over(tmp_path):
    headers = {"X-A": {"values": ["a"], "secrets": [CANARY], "files": ["/run/x"]}, "X-Token": {"values": [CANARY]}}
    settings, _ = blackbox(tmp_path, {"prober": "http", "http": {"http_headers": headers}})

    first, second = settings["http_headers"]["X-A"], settings["http_headers"]["X-Token"]
    assert first["values"] == ["a"]
    assert [list(one) for one in (*first["secrets"], *second["secrets"])] == [["file"], ["file"], ["file"]]
