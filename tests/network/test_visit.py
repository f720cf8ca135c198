"""HTTPS: a certificate that is not right is named in the verifier's words, and its facts are known when it is."""

import asyncio
import ssl
from dataclasses import replace

import pytest

from monitor.observation import Reason
from monitor.plugin import HttpOptions, ProbeError, TlsConfig

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def trusting(authority, **more):
    return HttpOptions(tls_config=TlsConfig(ca_file=authority.ca_file, **more))


async def test_an_answer_over_tls_has_the_facts_of_the_handshake(look, serve, authority):
    server = await serve(OK, tls=authority.server("localhost", "127.0.0.1"))
    vantage = look()

    answer = await vantage.http.request("GET", server.url(scheme="https"), options=trusting(authority))

    assert answer.body == b"ok"
    assert answer.tls.version == "TLS 1.3"
    assert [each.subject for each in answer.tls.chain] == ["CN=leaf", "CN=Test Authority"]
    assert [each.subject for each in answer.tls.verified_chain] == ["CN=leaf", "CN=Test Authority"]
    assert answer.tls.chain[0].names == ("localhost", "127.0.0.1")
    assert {"connect", "tls", "processing"} < set(vantage.phases)


@pytest.mark.parametrize(
    ("shown", "reason", "words"),
    [
        (lambda authority: authority.server("other.example"), Reason.CERTIFICATE_NAME, "mismatch"),
        (lambda authority: authority.server("127.0.0.1", days=(-10, -1)), Reason.CERTIFICATE_EXPIRED, "expired"),
        (
            lambda authority: authority.server("127.0.0.1", days=(1, 10)),
            Reason.CERTIFICATE_NOT_YET_VALID,
            "not yet valid",
        ),
        (
            lambda authority: authority.server("127.0.0.1", self_signed=True),
            Reason.CERTIFICATE_SELF_SIGNED,
            "self-signed",
        ),
        (lambda authority: authority.server(common_name="127.0.0.1"), Reason.CERTIFICATE_NAME, "mismatch"),
    ],
)
async def test_a_certificate_that_is_not_right_is_named(look, serve, settled, authority, shown, reason, words):
    server = await serve(OK, tls=shown(authority))

    with pytest.raises(ProbeError) as caught:
        await look().http.request("GET", server.url("/canary", scheme="https"), options=trusting(authority))

    assert caught.value.reason is reason
    assert words in caught.value.detail
    assert "canary" not in caught.value.detail
    server.server.close()
    assert await settled() <= 0


async def test_an_authority_nobody_knows_is_not_trusted(look, serve, authority):
    server = await serve(OK, tls=authority.server("127.0.0.1"))

    with pytest.raises(ProbeError) as caught:
        await look().http.request("GET", server.url(scheme="https"))

    assert caught.value.reason is Reason.CERTIFICATE_UNTRUSTED


async def test_whoever_skips_verification_still_gets_the_facts(look, serve, authority):
    server = await serve(OK, tls=authority.server("other.example"))
    options = HttpOptions(tls_config=TlsConfig(insecure_skip_verify=True))

    answer = await look().http.request("GET", server.url(scheme="https"), options=options)

    assert answer.tls.chain[0].names == ("other.example",)
    assert answer.tls.verified_chain == ()


async def test_another_server_name_is_asked_for_and_verified(look, serve, authority):
    asked = []
    context = authority.server("other.example")
    context.sni_callback = lambda connection, name, _: asked.append(name)
    server = await serve(OK, tls=context)

    await look().http.request(
        "GET", server.url(scheme="https"), options=trusting(authority, server_name="other.example")
    )

    assert asked == ["other.example"]


async def test_a_client_certificate_is_shown_when_configured(look, serve, authority):
    context = authority.server("127.0.0.1")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.ca_file)
    server = await serve(OK, tls=context)
    own = authority.leaf("monitor.example")

    answer = await look().http.request(
        "GET", server.url(scheme="https"), options=trusting(authority, cert_file=own, key_file=own)
    )
    with pytest.raises((OSError, ProbeError)) as caught:
        await look().http.request("GET", server.url(scheme="https"), options=trusting(authority))

    assert answer.status == 200
    assert getattr(caught.value, "reason", Reason.DISCONNECTED) is not Reason.CERTIFICATE


@pytest.mark.parametrize(
    "reply", [b"not tls at all\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x28", b"\x16\x03\x03\xff\xff" + b"x" * 100]
)
async def test_what_is_not_tls_is_a_tls_error(look, serve, settled, reply):
    async def talk(reader, writer):
        await reader.read(1)
        writer.write(reply)
        await writer.drain()
        await reader.read()

    server = await serve(talk)

    with pytest.raises(ssl.SSLError):
        await look().http.request("GET", server.url(scheme="https"))

    server.server.close()
    assert await settled() <= 0


async def test_a_server_that_hangs_up_in_the_handshake_is_a_broken_connection(look, serve):
    async def talk(reader, writer):
        await reader.read(1)

    server = await serve(talk)

    with pytest.raises((ConnectionError, ssl.SSLError, ProbeError)):
        await look().http.request("GET", server.url(scheme="https"))


async def test_a_stalled_handshake_leaves_nothing_behind_once_cancelled(look, serve, settled):
    async def talk(reader, writer):
        await asyncio.sleep(60)

    server = await serve(talk)
    vantage = look()
    running = [asyncio.create_task(vantage.http.request("GET", server.url(scheme="https"))) for _ in range(20)]
    await asyncio.sleep(0.1)

    assert vantage.phases["tls"] > 0.05
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    vantage.close()

    assert all(task.cancelled() for task in running)
    assert await settled(more=21) <= 21  # the server and its ends, whose talks sleep on


async def test_old_versions_are_spoken_only_when_asked_for(look, serve, authority):
    context = authority.server("127.0.0.1")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    server = await serve(OK, tls=context)

    answer = await look().http.request("GET", server.url(scheme="https"), options=trusting(authority))
    with pytest.raises(OSError, match=r".+"):
        await look().http.request("GET", server.url(scheme="https"), options=trusting(authority, min_version="TLS13"))

    assert answer.tls.version == "TLS 1.2"


@pytest.mark.parametrize("name", ["a" * 64 + ".example", "nul\0.example", "a..example", "ä" * 80])
async def test_a_server_name_that_cannot_be_asked_for_is_refused(look, serve, authority, name):
    server = await serve(OK, tls=authority.server("127.0.0.1"))

    with pytest.raises(ProbeError) as caught:
        await look().http.request("GET", server.url(scheme="https"), options=trusting(authority, server_name=name))

    assert caught.value.reason is Reason.DNS


async def test_a_redirect_from_https_to_http_takes_no_secrets_along(look, serve, authority):
    plain = await serve(OK)
    moved = f"HTTP/1.1 301 Moved\r\nLocation: {plain.url()}\r\nContent-Length: 0\r\n\r\n".encode()
    server = await serve(moved, tls=authority.server("127.0.0.1"))

    answer = await look().http.request(
        "GET", server.url(scheme="https"), headers={"X-Api-Key": "canary"}, options=trusting(authority)
    )

    assert answer.tls is None
    assert b"canary" not in plain.received[0]


async def test_a_big_body_over_tls_is_read_whole_and_a_flood_is_cut_off(look, serve, settled, authority):
    body = bytes(range(256)) * 4096 * 3
    server = await serve(
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body, tls=authority.server("127.0.0.1")
    )

    whole = await look().http.request(
        "GET", server.url(scheme="https"), options=replace(trusting(authority), max_body=len(body))
    )
    with pytest.raises(ProbeError) as caught:
        await look().http.request(
            "GET", server.url(scheme="https"), options=replace(trusting(authority), max_body=len(body) - 1)
        )

    assert whole.body == body
    assert caught.value.reason is Reason.TOO_LARGE
    server.server.close()
    assert await settled() <= 0
