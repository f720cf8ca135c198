"""Certificate revocation lists (RFC 5280, 5): whether one that can be believed holds a certificate."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from datashare_monitor_tls.ocsp import CLOCK_TOLERANCE, UnusableError
from datashare_monitor_tls.signatures import is_signed_by

PEM = re.compile(rb"-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----")
SEQUENCE = 0x30
MOST_LISTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What a list says of one certificate.

    Attributes:
        next_update: None when the list does not say.
        revoked: When the certificate was revoked; None when it is not on the list.
        why: The reason for it; empty when none is given.
        entries: How many certificates are on the list.
    """

    next_update: datetime | None
    revoked: datetime | None = None
    why: str = ""
    entries: int = 0


def distribution_point(certificate: x509.Certificate) -> str | None:
    """Return the first URL at which a certificate says its list is; None when it names none."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None
    names = (name for point in points for name in point.full_name or ())
    urls = (name.value for name in names if isinstance(name, x509.UniformResourceIdentifier))
    return next((url for url in urls if url.startswith(("http://", "https://"))), None)


def listed(data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, now: datetime) -> Listed:
    """Return what the list in ``data``, DER or one of several in PEM, says of a certificate.

    A list of some megabytes takes a while: call it in a thread.

    Raises:
        UnusableError: There is no list of this issuer in it that holds now.
    """
    try:
        found, content = list_of(data, issuer)
        if not is_signed_by(found, content, issuer):
            raise UnusableError("its signature is not that of the certificate's issuer")
        check_scope(found, certificate)
        check_times(found, now)
        entry = found.get_revoked_certificate_by_serial_number(certificate.serial_number)
        return Listed(
            next_update=found.next_update_utc,
            revoked=entry.revocation_date_utc if entry else None,
            why=why(entry) if entry else "",
            entries=len(found),
        )
    except (ValueError, TypeError, UnsupportedAlgorithm, OverflowError) as error:
        raise UnusableError("it cannot be read") from error


def list_of(data: bytes, issuer: x509.Certificate) -> tuple[x509.CertificateRevocationList, bytes]:
    """Return the list that an issuer made, and what of it is signed.

    Raises:
        UnusableError: There is none.
        ValueError: Something in it is no list.
    """
    for der in islice(lists_in(data), MOST_LISTS):
        found = x509.load_der_x509_crl(der)
        if found.issuer == issuer.subject:
            return found, signed_part(der)
    raise UnusableError(f"it is not from {issuer.subject.rfc4514_string()!r}")


def lists_in(data: bytes) -> Iterator[bytes]:
    """Yield the lists in a content, in DER."""
    if data[:1] == bytes([SEQUENCE]):
        yield data
    else:
        yield from (base64.b64decode(found[1]) for found in PEM.finditer(data))


def signed_part(der: bytes) -> bytes:
    """Return the first element of a list, as it is written.

    cryptography would write it anew to check the signature, which for ten megabytes keeps everybody waiting for a
    quarter of a second.
    """
    start, _ = element(der, 0)
    _, end = element(der, start)
    return der[start:end]


def element(der: bytes, at: int) -> tuple[int, int]:
    """Return where the content of the element at a place begins and where it ends."""
    length = der[at + 1]
    begin = at + 2
    if length & 0x80:
        size = length & 0x7F
        length = int.from_bytes(der[begin : begin + size], "big")
        begin += size
    return begin, begin + length


def check_times(found: x509.CertificateRevocationList, now: datetime) -> None:
    """Return if a list holds now.

    Raises:
        UnusableError: It does not hold yet, or no longer.
    """
    if found.last_update_utc > now + CLOCK_TOLERANCE:
        raise UnusableError(f"it is from {found.last_update_utc:%Y-%m-%d %H:%M} UTC, which is still to come")
    if found.next_update_utc is not None and found.next_update_utc < now - CLOCK_TOLERANCE:
        raise UnusableError(f"it ran out on {found.next_update_utc:%Y-%m-%d %H:%M} UTC")


def check_scope(found: x509.CertificateRevocationList, certificate: x509.Certificate) -> None:
    """Return if a list would hold this certificate, were it revoked.

    Raises:
        UnusableError: It holds only others, or only what changed.
    """
    for extension in found.extensions:
        value = extension.value
        if isinstance(value, x509.DeltaCRLIndicator):
            raise UnusableError("it is a delta, which holds only what changed")
        if isinstance(value, x509.IssuingDistributionPoint):
            is_partial = value.only_contains_attribute_certs or value.only_some_reasons or value.indirect_crl
            is_other = value.only_contains_user_certs if is_authority(certificate) else value.only_contains_ca_certs
            if is_partial or is_other:
                raise UnusableError("it does not cover certificates like this one")
        elif extension.critical:
            raise UnusableError(f"it has an extension that is critical and not known, {extension.oid.dotted_string}")


def is_authority(certificate: x509.Certificate) -> bool:
    """Tell whether a certificate may issue others."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def why(entry: x509.RevokedCertificate) -> str:
    """Return the reason of an entry; empty when there is none."""
    try:
        return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason.value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return ""
