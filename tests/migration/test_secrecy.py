"""Promise: what may be a secret is not written; a reference stands in its place and a remark says what to put there."""

from monitor.migration.secrecy import body, headers, url

CANARY = "canary-8d1"


def test_headers_that_are_secret_become_references():
    settings, remarks = headers("lgsp", {"Accept": "*/*", "X-Api-Key": CANARY, "Authorization": f"Bearer {CANARY}"})

    assert settings["headers"] == {"Accept": "*/*"}
    assert settings["authorization"]["type"] == "Bearer"
    assert settings["http_headers"]["X-Api-Key"]["secrets"][0]["file"].endswith("/lgsp-x-api-key")
    assert CANARY not in f"{settings} {remarks}"
    assert len(remarks) == 2


def test_url_loses_its_password_and_its_secret_parameters():
    clean, settings, remarks = url("lgsp", f"https://user:{CANARY}@h.example:8443/a?token={CANARY}&v=1#x")

    assert clean == "https://h.example:8443/a?v=1#x"
    assert settings["basic_auth"]["username"] == "user"
    assert CANARY not in f"{settings} {remarks}"
    assert "token" in remarks[-1]


def test_url_without_secrets_stays_as_it_is():
    assert url("a", "https://h.example/a?b=%20c&d") == ("https://h.example/a?b=%20c&d", {}, [])


def test_body_that_may_be_secret_goes_into_a_file():
    settings, remarks = body("lgsp", f'{{"password": "{CANARY}"}}')

    assert settings == {"body_file": "/run/secrets/datashare-monitor/lgsp-body"}
    assert CANARY not in remarks[0]
    assert body("a", "ping") == ({"body": "ping"}, [])
    assert body("a", "") == ({}, [])
