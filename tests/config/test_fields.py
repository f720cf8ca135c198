"""The fields of a kind are shown as a person writes them."""

from dataclasses import dataclass

from config.sample_kinds import Freshness, Http

from monitor.config.fields import fields_of
from monitor.plugin import IpAddress, SocketAddress


def shown(kind: type) -> dict[str, tuple[str, str, bool]]:
    return {field.name: (field.type, field.default, field.is_required) for field in fields_of(kind)}


def test_fields_have_names_types_and_defaults_of_configuration():
    found = shown(Http)

    assert found["target"] == ("URL", "", True)
    assert found["method"] == ("GET | HEAD | POST", "GET", False)
    assert found["headers"] == ("mapping of text", "", False)
    assert found["valid_status_codes"] == ("list of whole number", "", False)
    assert found["fail_if_body_not_matches_regexp"] == ("list of regular expression", "", False)
    assert found["body_size_limit"] == ("size", "1MiB", False)
    assert found["follow_redirects"] == ("true or false", "true", False)


def test_fields_of_nested_dataclasses_follow_the_field_that_holds_them():
    names = list(shown(Http))

    assert names[names.index("authorization") + 1] == "authorization.credentials"
    assert shown(Http)["authorization.credentials"] == ("secret", "", True)
    assert shown(Http)["tls_config.min_version"] == ("TLS10 | TLS11 | TLS12 | TLS13", "", False)


def test_addresses_are_named():
    @dataclass(frozen=True, kw_only=True)
    class Connection:
        target: SocketAddress
        source_ip_address: IpAddress | None = None

    assert shown(Connection) == {
        "target": ("host:port or unix:/path", "", True),
        "source_ip_address": ("IP address", "", False),
    }


def test_durations_and_sources_are_named():
    found = shown(Freshness)

    assert found["max_age"] == ("duration", "1d", False)
    assert found["source"] == ("source", "", False)
