"""Each kind of fault of a certificate has a reason of its own."""

import datetime as dt
import ssl
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from monitor.network.verification import is_incomplete, is_outdated, links, reason_of
from monitor.observation import Reason
from monitor.plugin.x509 import certificate

KEY = ec.generate_private_key(ec.SECP256R1())


def issued(subject, issuer, *, address=None):
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(KEY.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=90))
    )
    if address:
        place = x509.UniformResourceIdentifier(address)
        access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return certificate(builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER))


LEAF, MIDDLE, ROOT = issued("leaf", "middle"), issued("middle", "root"), issued("root", "root")
TELLING_LEAF = issued("leaf", "middle", address="http://ca.example/middle.crt")


def refused_with(code):
    error = ssl.SSLCertVerificationError()
    error.verify_code = code
    return error


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (9, Reason.CERTIFICATE_NOT_YET_VALID), (10, Reason.CERTIFICATE_EXPIRED), (18, Reason.CERTIFICATE_SELF_SIGNED),
        (19, Reason.CERTIFICATE_UNTRUSTED), (62, Reason.CERTIFICATE_NAME), (64, Reason.CERTIFICATE_NAME),
        (66, Reason.CERTIFICATE_WEAK), (26, Reason.CERTIFICATE),
    ],
)  # fmt: skip
def test_openssl_s_codes_have_reasons(code, reason):
    assert reason_of(refused_with(code)) is reason


@pytest.mark.parametrize("code", [2, 20, 21])
def test_an_issuer_that_is_missing_is_the_server_s_fault_or_an_unknown_authority(code):
    assert reason_of(refused_with(code), [LEAF, MIDDLE]) is Reason.CERTIFICATE_UNTRUSTED
    assert reason_of(refused_with(code), [TELLING_LEAF]) is Reason.CERTIFICATE_CHAIN


def test_an_error_without_a_code_is_a_certificate_s_all_the_same():
    assert reason_of(ssl.SSLCertVerificationError()) is Reason.CERTIFICATE


@pytest.mark.parametrize(
    ("chain", "incomplete"),
    [
        ([], False), ([LEAF], False), ([TELLING_LEAF], True), ([TELLING_LEAF, MIDDLE], False), ([LEAF, ROOT], True),
        ([LEAF, MIDDLE, ROOT], False), ([LEAF, ROOT, MIDDLE], False), ([ROOT], False),
    ],
)  # fmt: skip
def test_a_chain_with_a_gap_is_incomplete(chain, incomplete):
    assert is_incomplete(chain) is incomplete


def test_certificates_that_issue_each_other_come_to_an_end():
    one, other = issued("a", "b"), issued("b", "a")

    assert links([one, other, one, other]) == [one, other, one, other]


@pytest.mark.parametrize(
    ("word", "outdated"), [("UNSUPPORTED_PROTOCOL", True), ("WRONG_VERSION_NUMBER", False), (None, False)]
)
def test_only_words_of_old_servers_count(word, outdated):
    assert is_outdated(SimpleNamespace(reason=word)) is outdated
