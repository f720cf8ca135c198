"""Promise: a web-config file that exporter-toolkit takes is taken, or refused by name for what cannot be had."""

import ssl
from datetime import timedelta

import bcrypt
import pytest
from authority import Authority

from monitor.config.webconfig import OPEN, RateLimit, Role, Roles, read_web_config
from monitor.config.webconfig.webconfig import EVERYTHING

HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4, b"2a")).decode().replace("$2a$", "$2y$")
TLS = "tls_server_config: {cert_file: server.pem, key_file: server.key"


@pytest.fixture
def read(tmp_path):
    authority = Authority(tmp_path)
    authority.pair("server", "localhost")
    authority.pair("other", "localhost")
    authority.pair("late", "localhost", ends=timedelta(days=-1))
    authority.pair("early", "localhost", begins=timedelta(days=1))
    (tmp_path / "empty.pem").write_bytes(b"")
    whole = (tmp_path / "server.pem").read_bytes()
    (tmp_path / "half.pem").write_bytes(whole + whole[: len(whole) // 2])

    def read(text):
        path = tmp_path / "web.yaml"
        path.write_text(text)
        return read_web_config(path)

    return read


def test_nothing_in_particular_leaves_everything_open(read):
    found = read("{}\n")

    assert (found.config, found.problems) == (OPEN, ())


def test_whole_format_is_read(read, tmp_path):
    found = read(f"""
tls_server_config:
  cert_file: server.pem
  key_file: {tmp_path}/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  client_allowed_sans: [prometheus.example, "2001:DB8:0:0::1"]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP384]
http_server_config:
  http2: true
  headers: {{X-Frame-Options: sameorigin, Strict-Transport-Security: max-age=31536000, X-XSS-Protection: ""}}
basic_auth_users: {{alice: {HASH}}}
rate_limit: {{interval: 100ms, burst: 20}}
roles: {{users: {{alice: [metrics, read]}}, client_sans: {{"2001:db8::1": [reload]}}, anonymous: [health]}}
""")

    assert found.problems == ()
    assert found.files == tuple(tmp_path / name for name in ("web.yaml", "server.pem", "server.key", "ca.pem"))
    assert found.config.headers == {
        "X-Frame-Options": "sameorigin", "Strict-Transport-Security": "max-age=31536000",
    }  # fmt: skip
    assert found.config.users == {"alice": HASH.encode()}
    assert found.config.rate == RateLimit(interval_seconds=0.1, burst=20)
    assert found.config.roles == Roles(
        users={"alice": frozenset({Role.METRICS, Role.READ})},
        client_sans={"2001:db8::1": frozenset({Role.RELOAD})},
        anonymous=frozenset({Role.HEALTH}),
    )
    assert found.config.tls.allowed_sans == {"prometheus.example", "2001:db8::1"}
    context = found.config.tls.context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert not context.options & ssl.OP_CIPHER_SERVER_PREFERENCE
    older = [one["name"] for one in context.get_ciphers() if one["protocol"] != "TLSv1.3"]
    assert older == ["ECDHE-ECDSA-AES256-GCM-SHA384"]


def test_texts_in_the_file_do_as_well_as_files(read, tmp_path):
    def text(name):
        return "".join(f"    {line}\n" for line in (tmp_path / name).read_text().splitlines())

    found = read(f"tls_server_config:\n  cert: |\n{text('server.pem')}  key: |\n{text('server.key')}")

    assert found.problems == ()
    assert found.config.tls.context.get_ca_certs() == []


def test_suites_of_go_are_the_default(read):
    names = {one["name"] for one in read(TLS + "}\n").config.tls.context.get_ciphers()}

    assert "ECDHE-RSA-CHACHA20-POLY1305" in names
    assert not [name for name in names if not name.startswith(("ECDHE-", "TLS_"))]


def test_suites_of_tls13_alone_are_tls13_alone(read):
    found = read(TLS + ", cipher_suites: [TLS_CHACHA20_POLY1305_SHA256]}\n")

    assert found.config.tls.context.minimum_version is ssl.TLSVersion.TLSv1_3


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("tls_server_config: {key_file: server.key}", "tls_server_config.cert_file", "without it there is no TLS"),
        ("tls_server_config: {cert_file: server.pem}", "tls_server_config.key_file", "is missing"),
        ("tls_server_config: {cert_file: no.pem, key_file: server.key}", "tls_server_config.cert_file", "No such file"),
        ("tls_server_config: {cert_file: ., key_file: server.key}", "tls_server_config.cert_file", "not an ordinary"),
        ("tls_server_config: {cert_file: empty.pem, key_file: server.key}", "tls_server_config.cert_file", "empty"),
        ("tls_server_config: {cert_file: server.pem, key_file: empty.pem}", "tls_server_config.key_file", "empty"),
        ("tls_server_config: {cert_file: half.pem, key_file: server.key}", "tls_server_config.cert_file", "only 1 of"),
        (TLS + ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: half.pem}",
         "tls_server_config.client_ca_file", "only 1 of 2"),
        (TLS + ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: empty.pem}",
         "tls_server_config.client_ca_file", "empty"),
        ("tls_server_config: {cert_file: server.key, key_file: server.key}", "tls_server_config.cert_file", "no cer"),
        ("tls_server_config: {cert_file: server.pem, key_file: web.yaml}", "tls_server_config.key_file", "no private"),
        ("tls_server_config: {cert_file: server.pem, key_file: other.key}", "tls_server_config.key_file", "belong"),
        (TLS + ", client_auth_type: RequestClientCert}", "tls_server_config.client_auth_type", "VerifyClientCertIfGi"),
        (TLS + ", client_auth_type: RequireAnyClientCert}", "tls_server_config.client_auth_type", "RequireAndVerify"),
        (TLS + ", client_auth_type: Any}", "tls_server_config.client_auth_type", "is not one of NoClientCert, R"),
        (TLS + ", client_auth_type: RequireAndVerifyClientCert}", "tls_server_config.client_auth_type", "needs cl"),
        (TLS + ", client_ca_file: ca.pem}", "tls_server_config.client_ca_file", "client_auth_type"),
        (TLS + ", client_allowed_sans: [a]}", "tls_server_config.client_allowed_sans", "RequireAndVerifyClientCert"),
        (TLS + ", client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.pem, client_allowed_sans: [a]}",
         "tls_server_config.client_allowed_sans", "no name to compare"),
        (TLS + ", min_version: TLS13, max_version: TLS12}", "tls_server_config.max_version", "swap"),
        (TLS + ", max_version: TLS12, cipher_suites: [TLS_AES_128_GCM_SHA256]}",
         "tls_server_config.cipher_suites", "none of them is for TLS12"),
        (TLS + ", curve_preferences: [X25519, CurveP256]}", "tls_server_config.curve_preferences", "one curve"),
        (TLS + "}\nroles: {client_sans: {a: [read]}}", "roles.client_sans", "VerifyClientCertIfGiven"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_its_place(read, text, place, said):
    found = read(f"{text}\n")

    [one] = [one for one in found.problems if said in one.message]
    assert (one.path, found.config) == (place, None)
    assert one.line
    assert one.column


@pytest.mark.parametrize("curve", ["CurveP256", "CurveP384", "CurveP521", "X25519"])
def test_curve_is_set_or_refused_by_name(read, curve):
    found = read(TLS + f", curve_preferences: [{curve}]}}\n")

    assert found.config or [curve in one.message for one in found.problems] == [True]
    assert found.config or curve == "X25519"


def test_certificate_that_has_ended_is_a_warning(read):
    found = read("tls_server_config: {cert_file: late.pem, key_file: late.key}\n")

    assert ["clients will refuse it" in one.message for one in found.problems] == [True]
    assert found.config.tls is not None


def test_certificate_that_is_not_valid_yet_is_a_warning(read):
    found = read("tls_server_config: {cert_file: early.pem, key_file: early.key}\n")

    assert ["clients will refuse it until then" in one.message for one in found.problems] == [True]
    assert found.config.tls is not None


def test_files_are_looked_at_even_where_other_things_are_wrong(read):
    text = (
        "tls_server_config: {cert_file: no.pem, key_file: other.key, min_version: TLS14, client_ca_file: 5}\nfoo: 1\n"
    )

    found = read(text)

    assert [one.path for one in found.problems] == [
        "tls_server_config.cert_file", "tls_server_config.min_version", "tls_server_config.client_ca_file", "foo",
    ]  # fmt: skip


def test_old_version_is_a_warning(read):
    found = read(TLS + ", min_version: TLS10}\n")

    assert ["RFC 8996" in one.message for one in found.problems] == [True]
    assert found.config.tls.context.minimum_version is ssl.TLSVersion.TLSv1


def test_password_without_tls_is_a_warning(read):
    assert ["in the clear" in one.message for one in read(f"basic_auth_users: {{a: {HASH}}}\n").problems] == [True]


def test_encrypted_key_is_refused_and_nobody_is_asked(read, tmp_path):
    from cryptography.hazmat.primitives import serialization as to

    key = to.load_pem_private_key((tmp_path / "server.key").read_bytes(), None)
    sealed = key.private_bytes(to.Encoding.PEM, to.PrivateFormat.PKCS8, to.BestAvailableEncryption(b"x"))
    (tmp_path / "server.key").write_bytes(sealed)

    assert ["decrypt it" in one.message for one in read(TLS + "}\n").problems] == [True]


@pytest.mark.parametrize("text", ["hunter2", "'12345678'", "12345678", "[hunter2]", "$apr1$hunter2", "$2y$04$hunter2"])
def test_password_in_the_clear_is_refused_and_not_repeated(read, text):
    found = read(f"basic_auth_users: {{alice: {text}}}\n")

    assert found.config is None
    assert [one.path for one in found.problems] == ["basic_auth_users.alice"]
    assert not any(word in str(found.problems) for word in ("hunter2", "12345678"))


def test_key_in_the_wrong_place_is_not_repeated(read):
    found = read("tls_server_config: {cert_file: server.pem, key: hunter2}\n")

    assert found.config is None
    assert "hunter2" not in str(found.problems)


def test_hash_that_would_take_minutes_is_refused(read):
    dear = HASH.replace("$04$", "$20$")

    assert ["4 to 15" in one.message for one in read(f"basic_auth_users: {{a: {dear}}}\n").problems] == [True]


def test_missing_and_empty_files_say_so(tmp_path, read):
    assert "No such file" in str(read_web_config(tmp_path / "nope.yaml").problems[0])
    assert "empty" in str(read("").problems[0])


def test_secrets_are_in_no_repr(read):
    assert HASH not in repr(read(TLS + f"}}\nbasic_auth_users: {{a: {HASH}}}\n").config)


def test_without_roles_whoever_is_let_in_may_do_everything(read):
    config = read(f"basic_auth_users: {{a: {HASH}}}\n").config

    assert config.granted("a", ()) == EVERYTHING
    assert config.granted(None, ()) == frozenset()
    assert OPEN.granted(None, ()) == EVERYTHING
    assert Role.HEARTBEAT not in EVERYTHING


def test_roles_add_up(read):
    config = read(
        TLS + ", client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.pem}\n"
        f"basic_auth_users: {{a: {HASH}}}\n"
        "roles: {users: {a: [reload]}, client_sans: {s: [probe]}, anonymous: [health]}\n"
    ).config

    assert config.granted(None, ()) == {Role.HEALTH}
    assert config.granted("a", {"other"}) == {Role.HEALTH, Role.RELOAD}
    assert config.granted("a", {"s"}) == {Role.HEALTH, Role.RELOAD, Role.PROBE}
