"""What matters of a certificate, read once for each certificate."""

import hashlib
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509

from monitor.plugin.vantage import Certificate

REMEMBERED = 8192
UNREADABLE = datetime(1970, 1, 1, tzinfo=UTC)
"""Stands for both dates of a certificate that cannot be read: it counts as expired."""


@lru_cache(maxsize=REMEMBERED)
def certificate(der: bytes) -> Certificate:
    """Read a certificate, whatever is in it: fields that make no sense come out empty."""
    fingerprint = hashlib.sha256(der).hexdigest()
    try:
        read = x509.load_der_x509_certificate(der)
        dns_names, addresses = alternative_names(read)
        return Certificate(
            subject=name(read, "subject"),
            issuer=name(read, "issuer"),
            serial=f"{read.serial_number:x}",
            not_before=read.not_valid_before_utc,
            not_after=read.not_valid_after_utc,
            names=(*dns_names, *addresses),
            fingerprint=fingerprint,
            dns_names=dns_names,
            der=der,
        )
    except (ValueError, OverflowError):
        return Certificate(
            subject="", issuer="", serial="", not_before=UNREADABLE, not_after=UNREADABLE, names=(),
            fingerprint=fingerprint, der=der,
        )  # fmt: skip


def name(read: x509.Certificate, field: str) -> str:
    """Return the subject or the issuer as RFC 4514 text; empty when it cannot be read."""
    try:
        found: x509.Name = getattr(read, field)
        return found.rfc4514_string()
    except ValueError:
        return ""


def alternative_names(read: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the DNS names and the addresses of the subject alternative name."""
    try:
        found = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return (), ()
    names = tuple(found.get_values_for_type(x509.DNSName))
    return names, tuple(str(address) for address in found.get_values_for_type(x509.IPAddress))


def all_alternative_names(der: bytes) -> frozenset[str]:
    """Return DNS names, addresses, mail addresses and URIs of a certificate; empty when it cannot be read."""
    try:
        read = x509.load_der_x509_certificate(der)
        found = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return frozenset()
    kinds = (x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier)
    texts = [text for kind in kinds for text in found.get_values_for_type(kind)]
    return frozenset(texts) | {str(address) for address in found.get_values_for_type(x509.IPAddress)}
