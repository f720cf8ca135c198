"""A module file of blackbox_exporter is read unchanged; what cannot be had is refused by name, never in silence."""

import subprocess
import sys

import pytest

from monitor.config.modules import modules_in
from monitor.config.modules.module import HostnameError, TargetError
from monitor.config.modules.scalars import read_bytes, read_period, read_text
from monitor.modules import our_kinds
from monitor.plugin import Secret
from monitor.plugin.catalogue import discover
from monitor.plugin.form import secrets_of
from monitor.settings import PluginSettings

KINDS = our_kinds()
CANARY = "canary-5c1d"
TOKEN = "token_url: 'https://login.example'"


def read(text: str):
    modules, problems = modules_in("blackbox.yml", text, KINDS)
    return modules, [str(problem) for problem in problems]


def one(section: str, prober: str = "http"):
    modules, problems = read(f"modules:\n  m:\n    prober: {prober}\n    timeout: 5s\n    {prober}: {section}\n")
    assert problems == []
    return modules["m"]


def refused(section: str, prober: str = "http") -> str:
    modules, problems = read(f"modules:\n  m:\n    prober: {prober}\n    {prober}: {section}\n")
    assert modules == {}
    return "\n".join(problems)


def test_options_go_to_the_fields_of_the_same_name():
    probe = one("{method: POST, valid_status_codes: [200, 404], fail_if_ssl: true}").probe("lgsp.hanoi.example/x")

    assert (probe.target, probe.method) == ("http://lgsp.hanoi.example/x", "POST")
    assert (tuple(probe.valid_status_codes), probe.fail_if_ssl) == ((200, 404), True)


def test_what_go_takes_for_not_written_is_not_written():
    probe = one('{valid_status_codes: [], headers: , preferred_ip_protocol: "", tls_config: {ca_file: ""}}').probe("a")

    assert probe == one("{}").probe("a")


def test_a_token_is_asked_for_in_blackbox_exporters_own_words():
    given = (
        f"client_id: me, client_secret: {CANARY}, token_url: 'https://login.example', grant_type: client_credentials"
    )
    module = one(f"{{oauth2: {{{given}, endpoint_params: {{grant_type: client_credentials}}}}}}")

    assert module.probe("a").oauth2.client_id == "me"
    assert CANARY not in module.shown


def test_another_grant_is_refused_by_name():
    given = f"client_id: me, client_secret: {CANARY}, token_url: 'https://login.example'"

    assert "grant_type" in refused(f"{{oauth2: {{{given}, grant_type: password}}}}")
    assert "grant_type" in refused(f"{{oauth2: {{{given}, endpoint_params: {{grant_type: password}}}}}}")


@pytest.mark.parametrize(
    ("section", "prober"),
    [
        (f"{{query_response: [{{expect: OK, send: 'AUTH PLAIN {CANARY}'}}]}}", "tcp"),
        (f"{{query_response: [{{send: 'pass {CANARY}'}}]}}", "tcp"),
        (f"{{headers: {{X-Request-Source: {CANARY}}}}}", "http"),
        (f"{{headers: {{Referer: 'https://a.example/?x={CANARY}'}}}}", "http"),
        (f"{{http_headers: {{X-Tag: {{values: [{CANARY}]}}}}}}", "http"),
        (f"{{metadata: {{tenant: [{CANARY}]}}}}", "grpc"),
        (f"{{proxy_url: 'http://{CANARY}:x@proxy.example'}}", "http"),
        (f"{{proxy_url: 'http://me:p@{CANARY}@proxy.example'}}", "http"),
        (f"{{oauth2: {{client_id: me, client_secret: x, token_url: 'https://a.example/t?sig={CANARY}'}}}}", "http"),
        (f'{{method: POST, body: \'{{"password": "{CANARY}"}}\'}}', "http"),
        (f"{{oauth2: {{client_id: me, client_secret: x, {TOKEN}, endpoint_params: {{assertion: {CANARY}}}}}}}", "http"),
    ],
)
def test_what_may_be_a_secret_is_not_shown(section, prober):
    assert CANARY not in one(section, prober).shown


def test_what_is_no_secret_is_shown():
    shown = one(
        "{headers: {Accept-Language: vi, host: lgsp.hanoi.example, Referer: 'https://a.example/b'}, "
        "proxy_url: 'http://proxy.example:3128', no_proxy: 10.0.0.0/8}"
    ).shown

    for text in ("vi", "lgsp.hanoi.example", "https://a.example/b", "http://proxy.example:3128", "10.0.0.0/8"):
        assert text in shown


def test_bytes_of_a_conversation_may_be_any():
    steps = (
        one('{query_response: [{expect_bytes: "AB\\x01", send: "\\x00"}]}', "tcp").probe("a.example:1").query_response
    )

    assert (steps[0].expect_bytes, steps[0].send) == ("AB\x01", "\0")


@pytest.mark.parametrize("section", ['{body_file: "/a\\0"}', '{headers: {a: "\\x01"}}', '{body: "\\x01"}'])
def test_no_other_text_holds_control_characters(section):
    assert "control character" in refused(section)


def test_no_alias_takes_them_elsewhere():
    assert "control character" in refused('{query_response: [{send: &a "\\x00"}], source_ip_address: *a}', "tcp")


def test_http_2_is_written_either_way():
    assert one("{valid_http_versions: [HTTP/1.1, HTTP/2]}").probe("a").valid_http_versions == ("HTTP/1.1", "HTTP/2.0")


def test_metadata_has_a_list_of_values():
    module = one(f"{{metadata: {{authorization: [{CANARY}], x-office: [a, b]}}}}", "grpc")

    assert module.probe("a.example:1").metadata == {"authorization": (CANARY,), "x-office": ("a", "b")}
    assert CANARY not in module.shown


@pytest.mark.parametrize("text", ["m: {prober: http, http: }", "m: {prober: http, http: {tls_config: , headers: }}"])
def test_a_key_under_which_nothing_is_written_is_not_written(text):
    modules, problems = modules_in("blackbox.yml", f"modules: {{{text}}}", KINDS)

    assert (list(modules), problems) == (["m"], ())


def test_go_words_for_truth_and_numbers_for_text_are_taken():
    module = one("{fail_if_not_ssl: yes, headers: {X-Number: 12}, body_size_limit: 10MB}")
    probe = module.probe("https://a.example")

    assert (probe.fail_if_not_ssl, probe.headers, probe.body_size_limit) == (True, {"X-Number": "12"}, 10 * 1024**2)


def test_an_old_name_is_the_new_one_turned_round():
    assert one("{no_follow_redirects: true}").probe("a").follow_redirects is False


def test_a_secret_in_the_file_is_nowhere_but_where_it_is_revealed():
    module = one(f"{{basic_auth: {{username: me, password: {CANARY}}}, headers: {{X-Api-Key: {CANARY}}}}}")

    assert [*module.secrets.values()] == [CANARY]
    assert CANARY not in module.shown
    assert CANARY not in repr(module.probe("a").basic_auth)
    assert module.probe("a").basic_auth.password in module.secrets


@pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
def test_credentials_in_the_url_of_a_proxy_are_a_secret(scheme):
    module = one(f"{{proxy_url: '{scheme}://me:{CANARY}%40@proxy.hanoi.example:3128'}}")
    probe = module.probe("a")

    assert (probe.proxy_url, probe.proxy_basic_auth.username) == (f"{scheme}://proxy.hanoi.example:3128", "me")
    assert module.secrets[probe.proxy_basic_auth.password] == f"{CANARY}@"
    assert CANARY not in module.shown + repr(module.settings) + repr(probe)


def test_the_request_for_a_token_has_a_proxy_and_a_trust_of_its_own():
    module = one(
        "{oauth2: {client_id: me, client_secret_file: /run/secret, token_url: 'https://login.hanoi.example/token',"
        f" grant_type: client_credentials, proxy_url: 'http://me:{CANARY}@proxy.hanoi.example:3128',"
        " no_proxy: '.hue.example', tls_config: {ca_file: /etc/ssl/hanoi.pem, server_name: login}}}"
    )
    oauth2 = module.probe("a").oauth2

    assert (oauth2.proxy_url, oauth2.no_proxy) == ("http://proxy.hanoi.example:3128", ".hue.example")
    assert (oauth2.tls_config.ca_file, oauth2.tls_config.server_name) == ("/etc/ssl/hanoi.pem", "login")
    assert module.secrets[oauth2.proxy_basic_auth.password] == CANARY
    assert CANARY not in module.shown + repr(module.settings) + repr(oauth2)


def test_the_environment_may_name_the_proxy():
    assert one("{proxy_from_environment: true}").probe("a").proxy_from_environment is True


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("{proxy_from_environment: true, proxy_url: 'http://proxy.example'}", "or proxy_from_environment, not both"),
        ("{proxy_url: 'socks4://proxy.example:1080'}", "is not a URL of a proxy"),
        ("{oauth2: {proxy_url: 'ftp://proxy.example'}}", "is not a URL of a proxy"),
        (f"{{proxy_url: 'http://{CANARY}@[::1'}}", "is not a URL"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_refused(section, message):
    said = refused(section)

    assert message in said
    assert CANARY not in said


def test_a_condition_in_cel_is_compiled_when_the_file_is_read():
    pytest.importorskip("cel_expr_python", reason="the Python package cel-expr-python is not installed")
    good = one("{fail_if_body_json_matches_cel: 'body.state == \"sick\"'}").probe("a")

    assert good.fail_if_body_json_matches_cel == 'body.state == "sick"'
    said = refused("{fail_if_body_json_not_matches_cel: 'body.state = 1'}")
    assert said.startswith("blackbox.yml:4")
    assert 'fail_if_body_json_not_matches_cel: "body.state = 1" is no expression of CEL: 1:12: Syntax error' in said


def test_modules_share_what_they_have_in_common_by_merge_keys_and_anchors():
    modules, problems = read(f"""
modules:
  base: &base
    prober: http
    timeout: 3s
    http: &http
      method: POST
      headers: &headers {{Accept-Language: vi}}
      basic_auth: {{username: me, password: {CANARY}}}
  head:
    <<: *base
    http: {{<<: *http, method: HEAD, headers: {{<<: *headers, X-Tag: one}}}}
  same: *base
""")
    assert problems == []
    base, head, same = (modules[name].probe("a") for name in ("base", "head", "same"))

    assert (modules["head"].timeout_seconds, head.method) == (3.0, "HEAD")
    assert head.headers == {"Accept-Language": "vi", "X-Tag": "one"}
    assert (same.method, same.headers) == (base.method, base.headers)
    assert modules["head"].secrets[head.basic_auth.password] == CANARY
    assert CANARY not in "".join(module.shown for module in modules.values())


def test_mistake_in_a_merged_section_has_the_place_where_it_is_written():
    modules, problems = read(
        "modules:\n  a: &a {prober: http, http: &h {methods: GET}}\n  b: {prober: http, http: {<<: *h}}\n"
    )

    assert modules == {}
    assert [problem.partition(" ")[0] for problem in problems] == ["blackbox.yml:2:34", "blackbox.yml:2:34"]


def test_a_secret_in_a_file_of_its_own_is_named_by_its_path():
    module = one("{authorization: {credentials_file: /run/token}}")

    assert [*secrets_of(module.probe("a"))] == [Secret(file="/run/token")]
    assert module.secrets == {}


def test_the_default_question_is_blackbox_exporters():
    assert one("{query_name: hanoi.example}", "dns").probe("127.0.0.1").query_type == "ANY"


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("{methods: GET}", 'unknown key "methods"; did you mean "method"?'),
        ("{tls_config: {ca: PEM}}", 'the option "ca" of blackbox_exporter is not to be had here'),
        ("{preferred_ip_protocol: ip5}", '"ip5" is not a family of addresses; write ip4 or ip6'),
        ("{fail_if_body_matches_regexp: ['(']}", "is not a regular expression"),
        ("{bearer_token: a, authorization: {credentials: b}}", "bearer_token is another word for authorization"),
        ("{valid_status_codes: [abc]}", "this must be a whole number"),
        ("{fail_if_ssl: 3}", "3 is not a truth value"),
        ("{body_size_limit: 10 apples}", '"10 apples" is not a size'),
    ],
)
def test_what_cannot_be_had_is_refused_with_its_place(section, message):
    said = refused(section)

    assert message in said
    assert said.startswith("blackbox.yml:4:")


def test_all_that_is_wrong_with_a_module_is_told_at_once():
    said = refused(
        "{methods: GET, method: GETT, valid_http_versions: [HTTP/9], fail_if_ssl: true, fail_if_not_ssl: true,"
        " tls_config: {ca: PEM}, body: a, body_file: /b}"
    )

    for words in (
        'unknown key "methods"',
        '"GETT" is no method of HTTP',
        '"HTTP/9" is no version of HTTP',
        'the option "ca" of blackbox_exporter',
        "write body or body_file, not both; and fail_if_ssl and fail_if_not_ssl together refuse every answer",
    ):
        assert words in said


@pytest.mark.parametrize(("module", "missing"), [
    ("{prober: dns}", "dns"), ("{prober: dns, dns: }", "dns"), ("{prober: dns, dns: {}}", "query_name"),
    ("{prober: dns, dns: {query_type: A}}", "query_name"), ("{timeout: 5s}", "prober"),
])  # fmt: skip
def test_what_is_missing_is_named_and_nothing_that_is_there(module, missing):
    _, problems = read(f"modules: {{m: {module}}}\n")

    assert [problem.rpartition("  ")[2] for problem in problems] == [f'the key "{missing}" is missing']


def test_modules_of_kinds_that_are_not_installed_are_refused():
    without = discover({"icmp": PluginSettings(enabled=False)})
    _, problems = modules_in("blackbox.yml", "modules: {m: {prober: icmp}}", without)

    assert 'the prober "icmp" is not to be had here: no probe kind icmp is installed' in str(problems[0])


def test_a_socket_of_this_machine_is_refused_with_what_to_write_instead():
    said = refused("{}", "unix")

    assert "whoever asks /probe may choose no socket of this machine; write a check of the kind tcp" in said


def test_an_unknown_prober_is_refused_with_the_nearest():
    assert 'there is no prober "htpp"; did you mean "http"?' in "\n".join(read("modules: {m: {prober: htpp}}")[1])


def test_a_negative_timeout_is_refused():
    said = "\n".join(read("modules: {m: {prober: http, timeout: -5s}}")[1])

    assert '"-5s" is less than nothing' in said


def test_nothing_of_a_file_with_one_error_counts_as_read_in_silence():
    modules, problems = read("modules:\n  good: {prober: http}\n  bad: {prober: http, http: {x: 1}}\n")

    assert ([*modules], len(problems)) == (["good"], 1)


def test_a_host_name_is_sent_and_verified():
    probe = one("{}").probe("https://127.0.0.1/", "lgsp.hanoi.example")

    assert (probe.headers["Host"], probe.tls_config.server_name) == ("lgsp.hanoi.example", "lgsp.hanoi.example")


def test_a_host_name_that_contradicts_the_module_is_refused():
    with pytest.raises(HostnameError, match=r"a\.example.*b\.example"):
        one("{headers: {host: a.example}}").probe("x.example", "b.example")


def test_a_target_that_is_none_is_refused_without_its_password():
    with pytest.raises(TargetError) as raised:
        one("{}").probe(f"http://me:{CANARY}@a.example/")

    assert CANARY not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "seconds"), [("5s", 5), ("1m30s", 90), ("0.5s", 0.5), (".5s", 0.5), ("250ms", 0.25), ("0", 0), (0, 0)]
)
def test_durations_are_gos(text, seconds):
    assert read_period(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["5", 5, "5d", "s", "", "5 s", "1e3s", None, True, "9999h", [1]])
def test_what_is_no_duration_of_gos_is_refused(text):
    with pytest.raises(ValueError, match=r"duration|hour"):
        read_period(text)


@pytest.mark.parametrize(
    ("text", "size"), [("10MB", 10485760), ("10MiB", 10485760), ("1KB", 1024), ("0", 0), ("7B", 7)]
)
def test_sizes_are_powers_of_1024(text, size):
    assert read_bytes(text) == size


@pytest.mark.parametrize("value", [1.5, True, {}, []])
def test_what_may_have_been_written_otherwise_is_no_text(value):
    with pytest.raises(ValueError, match="text"):
        read_text(value)


def test_secrets_are_named_apart():
    module = one("{basic_auth: {username: a, password: b}}")

    assert [*module.secrets] == [Secret(env="modules.m.http.basic_auth.password")]


def test_only_plugins_that_are_asked_for_through_modules_are_imported():
    """A driver of a database, a broker or a file server costs memory, and no prober speaks to one."""
    code = (
        "import sys; from monitor.config.modules.probers import KINDS; from monitor.modules import our_kinds;"
        "kinds = our_kinds().kinds; [kinds[name] for name in KINDS.values()];"
        "print(*sorted(name for name in sys.modules if name.startswith('datashare_monitor_') and '.' not in name))"
    )

    imported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()

    assert imported == [f"datashare_monitor_{name}" for name in ("dns", "grpc", "http", "icmp", "tcp")]
