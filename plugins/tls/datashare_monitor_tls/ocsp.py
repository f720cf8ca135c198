"""OCSP responses (RFC 6960): what one says of a certificate, if it can be believed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA1, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from datashare_monitor_tls.signatures import is_issued_by, is_signed_by

CLOCK_TOLERANCE = timedelta(minutes=5)
UNDATED = timedelta(days=7)
"""How old a response without a next update may be."""
MOST_CERTIFICATES = 10
MOST_ANSWERS = 100
MOST_BYTES = 64 * 1024


class UnusableError(Exception):
    """Something that says nothing that can be believed; its text tells why."""


class CertificateStatus(StrEnum):
    """What a responder says of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


STATUSES = {
    ocsp.OCSPCertStatus.GOOD: CertificateStatus.GOOD,
    ocsp.OCSPCertStatus.REVOKED: CertificateStatus.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: CertificateStatus.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a response says of one certificate.

    Attributes:
        next_update: None when the responder always has newer ones.
        revoked: When it was revoked; None when it was not.
        why: The reason for it; empty when none is given.
    """

    status: CertificateStatus
    this_update: datetime
    next_update: datetime | None
    revoked: datetime | None = None
    why: str = ""


def question(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """Return the request for the status of a certificate.

    Its hashes are SHA-1, the only ones that every responder knows (RFC 5019, 2.1.1); they name, they protect nothing.
    """
    return asked(certificate, issuer, SHA1()).public_bytes(Encoding.DER)  # noqa: S303


def asked(certificate: x509.Certificate, issuer: x509.Certificate, digest: HashAlgorithm) -> ocsp.OCSPRequest:
    """Return the request that names a certificate by this digest."""
    return ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, digest).build()


def responder(certificate: x509.Certificate) -> str | None:
    """Return the URL of the responder that a certificate names; None when it names none."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None
    places = (one.access_location for one in access if one.access_method == AuthorityInformationAccessOID.OCSP)
    urls = (one.value for one in places if isinstance(one, x509.UniformResourceIdentifier))
    return next((url for url in urls if url.startswith(("http://", "https://"))), None)


def statement(data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Statement:
    """Return what a response says of a certificate.

    Raises:
        UnusableError: It says nothing, about another one, at another time, or in nobody's name.
    """
    if len(data) > MOST_BYTES:
        raise UnusableError(f"it is over {MOST_BYTES} bytes")
    try:
        response = ocsp.load_der_ocsp_response(data)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise UnusableError(f"the responder answers {response.response_status.name.lower()}")
        found = single(response, certificate, issuer)
        check_signer(response, issuer, now)
        said = Statement(
            status=STATUSES[found.certificate_status],
            this_update=found.this_update_utc,
            next_update=found.next_update_utc,
            revoked=found.revocation_time_utc,
            why=found.revocation_reason.value if found.revocation_reason else "",
        )
    except (ValueError, TypeError, UnsupportedAlgorithm, OverflowError) as error:
        raise UnusableError("it cannot be read") from error
    check_times(said, now)
    return said


def single(
    response: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate
) -> ocsp.OCSPSingleResponse:
    """Return the part of a response that is about a certificate.

    Raises:
        UnusableError: There is none.
    """
    for found in islice(response.responses, MOST_ANSWERS):
        if found.serial_number != certificate.serial_number:
            continue
        wanted = asked(certificate, issuer, found.hash_algorithm)
        if (found.issuer_key_hash, found.issuer_name_hash) == (wanted.issuer_key_hash, wanted.issuer_name_hash):
            return found
    raise UnusableError("it is about another certificate")


def check_signer(response: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> None:
    """Return if the issuer signed the response, or somebody whom it has allowed to (RFC 6960, 4.2.2.2).

    Raises:
        UnusableError: Nobody did who may.
    """
    if is_signed_by(response, response.tbs_response_bytes, issuer):
        return
    for delegate in response.certificates[:MOST_CERTIFICATES]:
        if not may_sign(delegate) or not is_issued_by(delegate, issuer):
            continue
        if not is_signed_by(response, response.tbs_response_bytes, delegate):
            continue
        if delegate.not_valid_before_utc <= now <= delegate.not_valid_after_utc:
            return
        raise UnusableError(f"the certificate of its signer ran out on {delegate.not_valid_after_utc:%Y-%m-%d}")
    raise UnusableError("its signature is not that of the certificate's issuer")


def may_sign(delegate: x509.Certificate) -> bool:
    """Tell whether a certificate is one for signing OCSP responses."""
    try:
        usage = delegate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage


def check_times(said: Statement, now: datetime) -> None:
    """Return if a statement holds now.

    Raises:
        UnusableError: It does not hold yet, or no longer.
    """
    if said.this_update > now + CLOCK_TOLERANCE:
        raise UnusableError(f"it is from {said.this_update:%Y-%m-%d %H:%M} UTC, which is still to come")
    if said.next_update is None:
        if now - said.this_update > UNDATED:
            raise UnusableError(f"it is from {said.this_update:%Y-%m-%d %H:%M} UTC")
    elif said.next_update < now - CLOCK_TOLERANCE:
        raise UnusableError(f"it ran out on {said.next_update:%Y-%m-%d %H:%M} UTC")
