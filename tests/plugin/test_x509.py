"""Certificates are read whatever is in them."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.plugin.x509 import certificate

KEY = ec.generate_private_key(ec.SECP256R1())


def der(*, common_name="leaf", end=datetime(2027, 1, 1, tzinfo=UTC), names=None):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(KEY.public_key())
        .serial_number(0xABC)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(end)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_a_certificate_is_read():
    read = certificate(der(names=[x509.DNSName("a.example"), x509.RFC822Name("a@b.example")]))

    assert (read.subject, read.issuer, read.serial, read.names) == ("CN=leaf", "CN=leaf", "abc", ("a.example",))
    assert read.not_before == datetime(2026, 1, 1, tzinfo=UTC)
    assert len(read.fingerprint) == 64


@pytest.mark.parametrize("year", [2038, 2039, 2050, 9999])
def test_far_years_are_read(year):
    end = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)

    assert certificate(der(end=end)).not_after == end


def test_a_nul_in_a_name_is_kept_apart_from_what_precedes_it():
    read = certificate(der(common_name="bank.example\0.evil.example", names=[x509.DNSName("a.example\0.evil.example")]))

    assert read.names != ("a.example",)
    assert read.subject != "CN=bank.example"


def test_broken_fields_come_out_empty():
    whole = der(names=[x509.DNSName("a.example")])
    at = whole.index(b"a.example")

    broken = certificate(whole[:at] + b"\xff\xfe" + whole[at + 2 :])

    assert broken.names == ()
    assert broken.serial == "abc"


@pytest.mark.parametrize("text", [b"", b"garbage", der()[:100]])
def test_what_is_no_certificate_is_an_empty_one_that_has_expired(text):
    read = certificate(text)

    assert (read.subject, read.names, read.not_after.year) == ("", (), 1970)


def test_an_impossible_date_is_no_crash():
    whole = der(end=datetime(2049, 12, 31, tzinfo=UTC))
    at = whole.index(b"491231")

    read = certificate(whole[:at] + b"499931" + whole[at + 6 :])

    assert len(read.fingerprint) == 64


def test_the_same_certificate_is_read_once():
    assert certificate(der(common_name="once")) is not None
    again = der(common_name="twice")

    assert certificate(again) is certificate(bytes(bytearray(again)))
