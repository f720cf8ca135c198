"""Certificates in files are found, measured and judged; what cannot be read is our fault, what holds none is not."""

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from datashare_monitor_tls import TlsProbe
from datashare_monitor_tls.files import MOST_BYTES, MOST_FILES

from monitor.plugin import Reason, Status
from monitor.testing import configured, look

AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


async def looked(file, **settings):
    return await look(configured(TlsProbe, {"file": str(file), **settings}))


def bundle(leaf, authority, password=b"opensesame"):
    return pkcs12.serialize_key_and_certificates(
        b"leaf", leaf.key, leaf.certificate, [authority.middle.certificate], BestAvailableEncryption(password)
    )


async def test_all_certificates_of_all_files_are_measured(authority, values):
    first, second = authority.leaf(ends=30), authority.leaf(ends=60)
    authority.write("a.crt", first.pem, authority.middle.pem)
    authority.write("b.crt", second.key_pem, second.pem)

    found = await looked(authority.folder / "*.crt")

    assert found.status is Status.UP
    assert values(found)["probe_ssl_file_certificates"] == 3
    assert values(found)["probe_ssl_earliest_cert_expiry"] == first.certificate.not_valid_after_utc.timestamp()
    assert "3 certificates in 2 files, certificate of CN=leaf runs out on" in found.detail


@pytest.mark.parametrize(
    ("how", "status", "reason"),
    [
        ({"ends": -1, "begins": -9}, Status.DOWN, Reason.CERTIFICATE_EXPIRED),
        ({"begins": 2}, Status.DOWN, Reason.CERTIFICATE_NOT_YET_VALID),
        ({"ends": 6.5}, Status.DOWN, Reason.CERTIFICATE_EXPIRES),
        ({"ends": 20.5}, Status.DEGRADED, Reason.CERTIFICATE_EXPIRES),
    ],
)
async def test_each_is_judged(authority, how, status, reason):
    path = authority.write("one.pem", authority.leaf(**how).pem)
    authority.write("two.pem", authority.leaf().pem)

    found = await looked(authority.folder / "*.pem", min_days=7, degraded_days=21)

    assert (found.status, found.reason) == (status, reason)
    assert found.detail.startswith(f"{path}: certificate of CN=leaf")


@pytest.mark.parametrize("password", [b"opensesame", "mật khẩu".encode()])
async def test_pkcs12_is_opened_with_its_password(authority, values, password):
    path = authority.write("leaf.p12", bundle(authority.leaf(), authority, password))
    secret = authority.write("password", password + b"\n")

    found = await looked(path, password={"file": secret})

    assert found.status is Status.UP
    assert values(found)["probe_ssl_file_certificates"] == 2


async def test_a_password_that_does_not_fit_is_our_fault_and_not_told(authority):
    path = authority.write("leaf.p12", bundle(authority.leaf(), authority))
    secret = authority.write("password", b"canary")

    wrong = await looked(path, password={"file": secret})
    none = await looked(path)

    assert [(one.status, one.reason) for one in (wrong, none)] == [(Status.UNKNOWN, Reason.SECRET)] * 2
    assert "its password does not fit" in wrong.detail
    assert "its password is missing" in none.detail
    assert "canary" not in wrong.detail


async def test_der_is_read(authority):
    path = authority.write("leaf.der", authority.leaf().certificate.public_bytes(Encoding.DER))

    assert (await looked(path)).status is Status.UP


async def test_what_is_missing_or_unreadable_is_our_fault(authority):
    os.mkfifo(authority.folder / "pipe.pem")
    authority.write("huge.pem", b"-----BEGIN" + b"\n" * MOST_BYTES)

    found = [await looked(authority.folder / name) for name in ("missing.pem", "pipe.pem", "huge.pem")]

    assert [(one.status, one.reason) for one in found] == [(Status.UNKNOWN, Reason.SECRET)] * 3
    assert "no file matches" in found[0].detail
    assert "not an ordinary file" in found[1].detail
    assert f"over {MOST_BYTES} bytes" in found[2].detail


async def test_too_many_files_are_not_read(authority):
    for number in range(MOST_FILES + 1):
        authority.write(f"{number}.crt", b"")

    found = await looked(authority.folder / "*.crt")

    assert (found.status, found.reason) == (Status.UNKNOWN, Reason.SECRET)


@pytest.mark.parametrize(
    "content", [b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"-----BEGIN CERTIFICATE-----\n"]
)
async def test_a_certificate_that_cannot_be_read_is_down(authority, content):
    found = await looked(authority.write("broken.pem", content))

    assert (found.status, found.reason) == (Status.DOWN, Reason.CONTENT)


async def test_a_file_without_a_certificate_is_down(authority):
    found = await looked(authority.write("key.pem", authority.leaf().key_pem))

    assert (found.status, found.reason) == (Status.DOWN, Reason.CONTENT)
    assert "holds no certificate" in found.detail


async def test_one_bad_file_does_not_hide_the_others(authority, values):
    authority.write("a.pem", b"-----BEGIN")
    good = authority.leaf()
    authority.write("b.pem", good.pem)

    found = await looked(authority.folder / "[ab].pem")

    assert found.reason is Reason.CONTENT
    assert values(found)["probe_ssl_earliest_cert_expiry"] == good.certificate.not_valid_after_utc.timestamp()


async def test_the_expected_certificate_is_asked_for(authority):
    leaf = authority.leaf(names=("lgsp.example",))
    path = authority.write("leaf.pem", leaf.pem)

    good = await looked(path, expected_names=["LGSP.example"], expected_issuer="CN=middle")
    other = await looked(path, expected_names=["ndxp.example"])

    assert good.status is Status.UP
    assert (other.status, other.reason) == (Status.DOWN, Reason.CERTIFICATE_NAME)


@pytest.mark.skipif(not AUTHORITIES.exists(), reason=f"{AUTHORITIES} is missing: apt-get install ca-certificates")
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")  # some serials are negative
async def test_the_system_s_own_authorities_can_be_read(values):
    found = await looked(AUTHORITIES)

    assert values(found)["probe_ssl_file_certificates"] > 50
