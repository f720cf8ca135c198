"""Whether a certificate is the one that was expected."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from datashare_monitor_tls.findings import Finding, bad
from monitor.plugin import Certificate, Pattern, Reason, TlsFacts

HEXADECIMAL = re.compile(r"[0-9a-f]{64}", re.ASCII)
CURL_PREFIX = "sha256//"
MOST_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Which certificate is the right one.

    Attributes:
        pins: Fingerprints of certificates or of their keys, one of which must be there; empty for any.
        issuer: Found in the issuer's name; None for any.
        names: All in the subject alternative name.
    """

    pins: Sequence[str] = ()
    issuer: Pattern | None = None
    names: Sequence[str] = ()

    def missed(self, first: Certificate, believed: Sequence[Certificate]) -> Iterator[Finding]:
        """Yield what is not as expected of a certificate and of those that vouch for it."""
        yield from pinned(believed, self.pins)
        yield from issued_by(first, self.issuer)
        yield from named(first, self.names)


def fingerprint(text: str) -> str:
    """Return a SHA-256 fingerprint in lower-case hexadecimal, however it is written.

    Raises:
        ValueError: It is none.
    """
    if text.startswith(CURL_PREFIX):
        try:
            digest = base64.b64decode(text.removeprefix(CURL_PREFIX), validate=True).hex()
        except (binascii.Error, ValueError):
            digest = ""
    else:
        digest = text.replace(":", "").lower()
    if not HEXADECIMAL.fullmatch(digest):
        raise ValueError(
            f"{text[:80]!a} in pinned_fingerprints is no SHA-256 fingerprint; write its 64 hexadecimal digits, with or "
            f"without colons, or {CURL_PREFIX} and base64, as curl does"
        )
    return digest


def key_fingerprint(certificate: Certificate) -> str:
    """Return the SHA-256 of the public key (SubjectPublicKeyInfo); empty when there is none to read."""
    try:
        key = x509.load_der_x509_certificate(certificate.der).public_key()
    except (ValueError, UnsupportedAlgorithm):
        return ""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def believed(facts: TlsFacts) -> Sequence[Certificate]:
    """Return the certificates that the server proves to have: anybody can send more than that."""
    return facts.verified_chain or facts.chain[:1]


def pinned(certificates: Sequence[Certificate], pins: Sequence[str]) -> Iterator[Finding]:
    """Yield that none of the certificates, nor the key of one, is pinned; nothing without pins."""
    if pins and not any(one.fingerprint in pins or key_fingerprint(one) in pins for one in certificates):
        first = certificates[0]
        yield bad(
            Reason.MISMATCH,
            f"neither certificate nor key is pinned: certificate sha256 {first.fingerprint}, "
            f"key sha256 {key_fingerprint(first) or 'not readable'}",
        )


def issued_by(certificate: Certificate, expected: Pattern | None) -> Iterator[Finding]:
    """Yield that another authority than the expected one issued the certificate."""
    if expected is not None and not expected.search(certificate.issuer):
        yield bad(Reason.MISMATCH, f"issued by {certificate.issuer!r}, expected '{expected.pattern}'")


def named(certificate: Certificate, expected: Sequence[str]) -> Iterator[Finding]:
    """Yield which of the expected names the certificate does not have."""
    has = {name.lower() for name in certificate.names}
    missing = [name for name in expected if name.lower() not in has]
    if missing:
        yield bad(Reason.CERTIFICATE_NAME, f"certificate is for {names(certificate)}, not for {', '.join(missing)}")


def names(certificate: Certificate) -> str:
    """Return whom a certificate is for, shortly."""
    shown = ", ".join(certificate.names[:MOST_NAMES_SHOWN])
    more = len(certificate.names) - MOST_NAMES_SHOWN
    return (f"{shown} and {more} more" if more > 0 else shown) or "nobody by name"
