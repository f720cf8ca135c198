"""What another origin gets to see after a redirect."""

import pytest

from monitor.network.redirects import Request, follow, refuse_detour
from monitor.network.weburl import web_url
from monitor.observation import Reason
from monitor.plugin import ProbeError, TlsConfig

SECRETS = (("Authorization", "a"), ("X-Api-Key", "b"), ("Cookie", "c"), ("Proxy-Authorization", "d"))
HARMLESS = (("Accept", "e"), ("accept-language", "vi"), ("User-Agent", "f"))


def request(url="https://a.example/x", **changes):
    defaults = {"method": "GET", "fields": SECRETS + HARMLESS, "body": None, "tls_config": TlsConfig()}
    return Request(url=web_url(url), **{**defaults, **changes})


@pytest.mark.parametrize("location", ["/y", "y", "https://a.example/y", "https://A.EXAMPLE:443/y", "//a.example/y"])
def test_the_same_origin_gets_everything(location):
    assert follow(request(), 302, location).fields == SECRETS + HARMLESS


@pytest.mark.parametrize(
    "location",
    [
        "http://a.example/y",
        "https://a.example:444/y",
        "https://b.example/y",
        "https://a.example.evil.example/y",
        "https://a.example@evil.example/",
        "https://www.a.example/y",
    ],
)
def test_another_origin_gets_the_harmless_ones_alone(location):
    assert follow(request(), 302, location).fields == HARMLESS


def test_an_upgrade_to_https_is_another_origin_too():
    assert follow(request("http://a.example/"), 301, "https://a.example/").fields == HARMLESS


def test_client_certificate_and_server_name_are_not_shown_elsewhere():
    config = TlsConfig(ca_file="ca", cert_file="cert", key_file="key", server_name="a.example", min_version="TLS13")

    found = follow(request(tls_config=config), 302, "https://b.example/")

    assert found.tls_config == TlsConfig(ca_file="ca", min_version="TLS13")


def test_credentials_of_the_url_stay_with_their_origin():
    start = request("http://user:word@a.example/")

    assert follow(start, 302, "/y").url.authorization == start.url.authorization != ""
    assert follow(start, 302, "http://b.example/").url.authorization == ""
    assert follow(start, 302, "http://user:word@b.example/").url.authorization == ""


def test_a_body_stays_with_its_origin():
    start = request(method="POST", body=b"client_secret=canary")

    assert follow(start, 307, "/y").body == start.body
    with pytest.raises(ProbeError) as caught:
        follow(start, 307, "https://b.example/")
    assert caught.value.reason is Reason.REDIRECT
    assert follow(start, 303, "https://b.example/").body is None


EGRESS = ProbeError(Reason.EGRESS, "not there")


@pytest.mark.parametrize("error", [EGRESS, PermissionError(1, "not there")], ids=repr)
def test_where_the_monitor_may_not_go_is_named_without_the_path(error):
    with pytest.raises(ProbeError) as told:
        refuse_detour("a.example", web_url("https://b.example/path?token=x"), error)

    assert told.value.reason is Reason.REDIRECT
    assert told.value.__cause__ is error
    assert "b.example" in told.value.detail
    assert "path" not in told.value.detail


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("https://a.example/y", EGRESS),
        ("https://b.example/", ProbeError(Reason.DNS, "no address")),
        ("https://b.example/", ConnectionRefusedError(111, "refused")),
        ("https://b.example/", PermissionError(13, "denied", "/run/secrets/key.pem")),
    ],
)
def test_any_other_failure_stays_what_it_is(url, error):
    refuse_detour("a.example", web_url(url), error)
