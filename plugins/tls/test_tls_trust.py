"""Each fault of a certificate has a reason of its own, and words that say what is wrong; facts are measured anyway."""

import asyncio
import ssl
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from monitor.plugin import Reason, Status
from monitor.testing import serve_stream

EXPIRY = "probe_ssl_earliest_cert_expiry"
DOWN = Status.DOWN
HOST = "127.0.0.1"


def short_key():
    return rsa.generate_private_key(65537, 1024)


@pytest.mark.parametrize(
    ("how", "reason", "words"),
    [
        ({"ends": -3.5, "begins": -9}, Reason.CERTIFICATE_EXPIRED, "3 days ago"),
        ({"begins": 2.5}, Reason.CERTIFICATE_NOT_YET_VALID, "in 2 days"),
        ({"names": ("a.example", "b.example")}, Reason.CERTIFICATE_NAME, "for a.example, b.example, not for 127.0.0.1"),
        ({"names": ("good.example\0.evil.example",)}, Reason.CERTIFICATE_NAME, "not for 127.0.0.1"),
    ],
)
async def test_faults_of_the_certificate_itself(authority, seen, how, reason, words, values):
    leaf = authority.leaf(**how)

    found = await seen(leaf)

    assert (found.status, found.reason) == (DOWN, reason)
    assert words in found.detail
    assert values(found)["probe_ssl_verified"] == 0
    assert values(found)[EXPIRY] == leaf.certificate.not_valid_after_utc.timestamp()


async def test_a_certificate_signed_by_itself(authority, seen):
    found = await seen(authority.issue("alone"), authority.middle)

    assert (found.status, found.reason) == (DOWN, Reason.CERTIFICATE_SELF_SIGNED)
    assert "CN=alone is signed by itself" in found.detail


async def test_an_authority_that_is_not_trusted(authority, seen):
    sent = await seen(authority.leaf(), authority.middle, authority.root, trust=False)
    not_sent = await seen(authority.leaf(), authority.middle, trust=False)

    assert [one.reason for one in (sent, not_sent)] == [Reason.CERTIFICATE_UNTRUSTED] * 2
    assert "authority CN=root is not trusted" in sent.detail
    assert "'CN=root' is neither trusted nor sent" in not_sent.detail


@pytest.mark.parametrize("with_root", [False, True])
async def test_a_chain_that_is_incomplete(authority, seen, with_root):
    leaf = authority.leaf(issuer_url="http://ca.example/middle.crt")

    context = authority.context(leaf, *([authority.root] if with_root else []))
    found = await seen(leaf, context=context)

    assert (found.status, found.reason) == (DOWN, Reason.CERTIFICATE_CHAIN)
    assert f"sends {1 + with_root} certificates and not that of 'CN=middle'" in found.detail


async def test_a_key_that_is_too_short(authority, seen):
    leaf = authority.leaf(key=short_key())

    found = await seen(leaf, context=authority.context(leaf, authority.middle, level=0))

    assert (found.status, found.reason) == (DOWN, Reason.CERTIFICATE_WEAK)
    assert "an RSA key of 1024 bits, limit 2048" in found.detail


@pytest.mark.services
async def test_a_digest_that_is_broken(authority, seen, need):
    leaf = authority.signed_with("sha1", need("openssl", "openssl"))

    found = await seen(leaf, context=authority.context(leaf, authority.middle, level=0))

    assert (found.status, found.reason) == (DOWN, Reason.CERTIFICATE_WEAK)
    assert "CN=leaf is signed with SHA-1" in found.detail


async def test_what_is_weak_is_degraded_where_nobody_verifies(authority, seen, values):
    leaf = authority.leaf(key=short_key())
    context = authority.context(leaf, authority.middle, level=0)

    found = await seen(leaf, context=context, tls_config={"insecure_skip_verify": True, "min_version": "TLS10"})

    assert (found.status, found.reason) == (Status.DEGRADED, Reason.CERTIFICATE_WEAK)
    assert "probe_ssl_verified" not in values(found)


async def test_several_faults_are_all_told(authority, seen):
    found = await seen(authority.leaf(ends=-1.5, begins=-9, names=("a.example",)), min_version="TLS13")

    assert found.reason in {Reason.CERTIFICATE_EXPIRED, Reason.CERTIFICATE_NAME}
    assert "1 days ago" in found.detail


@pytest.mark.parametrize("end", [datetime(2038, 1, 20, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)])
async def test_far_years_are_measured(authority, seen, end, values):
    found = await seen(authority.leaf(ends=end))

    assert found.status is Status.UP
    assert values(found)[EXPIRY] < end.timestamp()  # the authority's comes first
    assert values(found)["probe_ssl_chain_certificates"] == 2


async def test_the_chain_that_was_verified_decides_not_what_is_sent_beside_it(authority, seen, values):
    old_cross = authority.issue("root", by=authority.issue("gone", is_authority=True), ends=-1, begins=-9)

    found = await seen(authority.leaf(), authority.middle, old_cross)

    assert found.status is Status.UP
    assert values(found)[EXPIRY] < datetime.now(UTC).timestamp()


@pytest.mark.services
async def test_an_old_version_is_weak_and_measured(authority, openssl, values):
    leaf = authority.leaf()
    pem = authority.write("leaf.pem", leaf.key_pem, leaf.pem)

    with openssl(
        "s_server", "-accept", HOST + ":{port}", "-cert", pem, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"
    ) as target:
        found = await authority.looked(target)

    assert (found.status, found.reason) == (DOWN, Reason.CERTIFICATE_WEAK)
    assert "TLS 1.1" in found.detail
    assert values(found)["probe_tls_version_info{TLS 1.1}"] == 1
    assert EXPIRY in values(found)


async def test_a_version_below_the_lowest_is_weak(authority, seen, values):
    leaf = authority.leaf()
    context = authority.context(leaf, authority.middle)
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    found = await seen(leaf, context=context, min_version="TLS13")

    assert (found.status, found.reason) == (DOWN, Reason.CERTIFICATE_WEAK)
    assert values(found)["probe_tls_version_info{TLS 1.2}"] == 1


async def test_only_allowed_ciphers_are_good(authority, seen):
    leaf = authority.leaf()
    context = authority.context(leaf, authority.middle)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")

    good = [await seen(leaf, context=context, allowed_ciphers=[one]) for one in ("ECDHE-.*", "TLS_ECDHE_.*_GCM_.*")]
    bad = await seen(leaf, context=context, allowed_ciphers=[".*CHACHA20.*", "AES128"])

    assert [one.status for one in good] == [Status.UP, Status.UP]
    assert (bad.status, bad.reason) == (DOWN, Reason.CERTIFICATE_WEAK)
    assert "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 is not among those allowed" in bad.detail


@pytest.mark.services
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
async def test_a_client_certificate_that_is_demanded_is_told(authority, openssl, version, values):
    leaf, client = authority.leaf(), authority.leaf("client")
    pem = authority.write("leaf.pem", leaf.key_pem, leaf.pem)
    middle = authority.write("middle.pem", authority.middle.pem)
    cert_file = authority.write("client.pem", client.key_pem, client.pem, authority.middle.pem)
    options = ("-CAfile", authority.ca_file, "-Verify", "2", "-verify_return_error", version)

    with openssl("s_server", "-accept", HOST + ":{port}", "-cert", pem, "-cert_chain", middle, *options) as target:
        without = await authority.looked(target)
        accepted = await authority.looked(target, tls_config={"cert_file": cert_file})

    assert (without.status, without.reason) == (DOWN, Reason.UNAUTHORIZED)
    assert "tls_config has no cert_file" in without.detail
    assert values(without)[EXPIRY] == leaf.certificate.not_valid_after_utc.timestamp()
    assert accepted.status is Status.UP
    assert values(accepted)["probe_ssl_client_cert_expiry"] == client.certificate.not_valid_after_utc.timestamp()


@pytest.mark.parametrize(("days", "status", "reason"), [
    (60, Status.UP, None),
    (5.5, Status.DEGRADED, Reason.CERTIFICATE_EXPIRES),
    (-0.5, Status.DOWN, Reason.CERTIFICATE_EXPIRED),
])  # fmt: skip
async def test_our_own_certificate_is_judged_too(authority, seen, days, status, reason):
    client = authority.leaf("client", ends=days, begins=-9)
    cert_file = authority.write("client.pem", client.key_pem, client.pem)

    found = await seen(authority.leaf(), tls_config={"cert_file": cert_file})

    assert (found.status, found.reason) == (status, reason)
    assert status is Status.UP or "our client certificate of CN=client" in found.detail
    assert status is Status.UP or found.fault == "consumer"


async def test_a_chain_of_many_certificates_is_bounded(authority, seen, values):
    found = await seen(authority.leaf(), *[authority.middle] * 150)
    over = await seen(authority.leaf(), *[authority.middle] * 400)

    assert found.status is Status.UP
    assert values(found)["probe_ssl_chain_certificates"] == 151
    assert (over.status, over.reason) == (DOWN, Reason.TLS)


async def test_an_endless_handshake_ends_in_time(authority):
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x16\x03\x03\x40\x00\x0b\x00\x3f\xfc")
        while True:
            writer.write(b"\0")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serve_stream(drip) as target:
        found = await authority.looked(target, within=0.5)

    assert found.status is DOWN
    assert found.reason in {Reason.TIMEOUT, Reason.TLS}


async def test_a_server_without_a_certificate_is_down(authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ADH-AES128-GCM-SHA256:@SECLEVEL=0")

    async with authority.served(context) as target:
        found = await authority.looked(target)

    assert found.status is DOWN
