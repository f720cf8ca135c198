"""Editors are told what the loader takes: the schemas accept what loads and refuse what does not."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from config.landscape import MONITOR, SAMPLE
from config.test_reading import HA_NOI, PEERS
from jsonschema import Draft202012Validator

from monitor.config.document import parsed
from monitor.config.schema import SCHEMAS
from monitor.plugin.catalogue import Catalogue, discover
from monitor.settings import PluginSettings

BAD = Path(__file__).parent.parent / "bad_config"
BEYOND_A_SCHEMA = frozenset(
    [
        "agency-duplicate-key-deep",
        "agency-duplicate-keys",
        "agency-contact-webhook-password",
        "system-duplicate-id",
        "system-unknown-owner",
        "system-no-contacts",
        "system-unknown-programme",
        "system-unknown-template",
        "system-template-twice",
        "system-undefined-variable",
        "system-unused-variable",
        "system-variable-spoils-template",
        "system-check-hides-template",
        "system-objective-contradiction",
        "system-window-bad-day",
        "system-window-bad-time",
        "system-window-no-day",
        "system-window-bad-date",
        "system-window-too-long",
        "check-duplicate-id",
        "check-every-zero",
        "check-every-for-ever",
        "check-every-too-often",
        "check-every-units-out-of-order",
        "check-recheck-over-every",
        "check-timeout-over-every",
        "with-post-init",
        "with-regexp",
        "with-regexp-look-ahead",
        "with-url-port",
        "with-url-password",
        "with-host-port-zero",
        "with-undefined-variable",
        "with-unknown-source",
        "with-source-settings",
        "connection-dangling-provider",
        "connection-dangling-short",
        "connection-near-miss-provider",
        "connection-provider-is-a-connection",
        "connection-via-no-hub",
        "connection-via-missing",
        "connection-meets-itself",
        "connection-circle",
        "connection-live-without-owner",
        "connection-due-without-state",
        "connection-consumer-missing",
        "connection-id-of-a-system",
        "connection-states-out-of-order",
        "connection-hours-backwards",
        "monitor-bad-time-zone",
        "monitor-zone-with-offset",
        "monitor-zone-of-hanoi",
        "monitor-bad-network",
        "monitor-network-host-bits",
        "monitor-network-is-a-name",
        "monitor-egress-socket-relative",
        "monitor-listen-name",
        "monitor-listen-no-port",
        "monitor-nameserver-name",
        "monitor-unknown-plugin",
        "monitor-origin-path",
        "monitor-defaults-timeout",
        "monitor-web-config-missing",
        "monitor-web-config-outside",
        "programme-deadline",
        "web-headers",
        "web-header-value",
        "web-no-tls-files",
        "web-rate",
        "web-burst",
        "web-roles",
        "web-roles-empty",
        "web-client-auth",
        "programme-two-populations",
        "programme-nothing-counted",
        "programme-empty-choices",
        "programme-strangers",
        "programme-members",
        "programme-count-has-no-members",
        "programme-owner-agency",
        "programme-owner-contact",
    ]
)
"""What only the whole directory shows, or arithmetic, or RE2."""

EVERY_SETTING = """
listen: '[::1]:9664'
vantage: dc-1
time_zone: Asia/Ho_Chi_Minh
egress: {allow: [10.0.0.0/8], deny: [10.1.0.0/16], proxy: 'http://proxy.example:3128', sockets: [/run/postgresql]}
nameservers: {servers: [10.0.0.53], timeout: 2s, tries: 2}
slots: {process: 10, agency: 5, host: 1}
witnesses: {gateway: false, resolver: true, peers: ['a.example:443']}
newest: {outcomes: 5, failures: 5, memory: 1MiB}
history: {enabled: true, path: /var/lib/datashare-monitor/history.db}
plugins: {sample: {enabled: true, run: worker, memory: 64MiB, cpu: 5s, in_flight: 3}}
log: {level: debug, format: json}
web: {config_file: web.yaml, hosts: [a.example], origins: ['https://a.example'], samples_per_slice: 5000}
beat: 20ms
lag: 250ms
defaults: {every: 1m, timeout: 5s, confirm: {down: 2, up: 1}, recheck: 10s, phases: true}
templates:
  a: {every: 5m, checks: [{id: a, probe: tls, with: {target: '${t}', min_days: '${d}'}}]}
"""

EVERY_KEY = """
tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_ca_file: ca.pem
  client_auth_type: RequireAndVerifyClientCert
  client_allowed_sans: [a.example]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]
  prefer_server_cipher_suites: true
  curve_preferences: [CurveP384]
http_server_config: {http2: false, headers: {X-Frame-Options: deny}}
basic_auth_users: {alice: $2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze}
rate_limit: {interval: 1s, burst: 20}
roles: {users: {alice: [metrics]}, client_sans: {a.example: [read]}, anonymous: [health]}
"""


def catalogue() -> Catalogue:
    return discover({"sample": PluginSettings()}, found=[SAMPLE])


@cache
def validator(name: str) -> Draft202012Validator:
    schema = SCHEMAS[name](catalogue())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def value(text: str) -> Any:
    node, _ = parsed("a.yaml", text)
    return node.value if node is not None else None


def kind_of(case: str) -> str:
    first = case.partition("-")[0]
    return first if first in {"monitor", "programme", "web"} else "agency"


READABLE = sorted(path.stem for path in BAD.glob("*.yaml") if value(path.read_text("utf-8")) is not None)


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_one(name):
    assert validator(name).schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("agency", HA_NOI),
        *(("programme" if "programme" in file else "agency", text) for file, text in PEERS.items()),
        ("monitor", MONITOR),
        ("monitor", "{}"),
        (
            "monitor",
            EVERY_SETTING,
        ),
        ("web", EVERY_KEY),
        ("web", "{}"),
    ],
)
def test_what_loads_is_accepted(name, text):
    assert [error.message for error in validator(name).iter_errors(value(text))] == []


@pytest.mark.parametrize("case", [case for case in READABLE if case not in BEYOND_A_SCHEMA])
def test_what_does_not_load_is_refused(case):
    found = value((BAD / f"{case}.yaml").read_text("utf-8"))

    assert not validator(kind_of(case)).is_valid(found)


def test_list_of_exceptions_has_no_case_that_is_gone():
    assert set(READABLE) >= BEYOND_A_SCHEMA


def test_fields_of_a_kind_depend_on_its_name():
    check = SCHEMAS["agency"](catalogue())["$defs"]["CheckShape"]

    assert check["properties"]["probe"]["enum"] == ["freshness", "http", "tls"]
    assert len(check["allOf"]) == 3


def test_schema_of_the_installed_plugins_accepts_the_example():
    validating = Draft202012Validator(SCHEMAS["agency"](discover()))

    assert [error.message for error in validating.iter_errors(value(HA_NOI))] == []
