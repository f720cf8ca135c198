"""What is no longer safe: short keys, broken digests, old ciphers."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from datashare_monitor_tls.validity import subject
from monitor.plugin import Certificate, Pattern, TlsFacts
from monitor.plugin.ciphers import IANA

LEAST_RSA_BITS = 2048
LEAST_CURVE_BITS = 224
"""112 bits of security, which is what NIST SP 800-57 asks for and OpenSSL's security level 2 enforces."""
BROKEN = {
    "1.2.840.113549.1.1.2": "MD2", "1.2.840.113549.1.1.4": "MD5", "1.2.840.113549.1.1.5": "SHA-1",
    "1.2.840.10045.4.1": "SHA-1", "1.2.840.10040.4.3": "SHA-1",
}  # fmt: skip
"""Algorithms of signatures whose digest is broken, by number: those of RSA, of elliptic curves and of DSA."""


def weaknesses(chain: Sequence[Certificate]) -> Iterator[str]:
    """Yield what is weak in a chain; the signature of an authority on itself proves nothing, so it does not count."""
    for one in chain:
        key, digest = properties(one.der)
        if key:
            yield f"certificate of {subject(one)} has {key}"
        if digest and one.subject != one.issuer:
            yield f"certificate of {subject(one)} is signed with {digest}"


def is_allowed(cipher: str, patterns: Sequence[Pattern]) -> bool:
    """Tell whether a pattern matches all of one of the names of a cipher."""
    names = (cipher, IANA.get(cipher, cipher))
    return any(pattern.fullmatch(name) for pattern in patterns for name in names)


def cipher_of(facts: TlsFacts) -> str:
    """Return the cipher under the name the registry has for it."""
    return IANA.get(facts.cipher, facts.cipher)


@lru_cache(maxsize=4096)
def properties(der: bytes) -> tuple[str, str]:
    """Return what is weak in the key and in the signature of a certificate; empty when nothing is."""
    try:
        read = x509.load_der_x509_certificate(der)
        return weak_key(read), weak_digest(read)
    except ValueError:
        return "", ""


def weak_key(read: x509.Certificate) -> str:
    """Return the words for a key that is too short; empty when it is not."""
    try:
        key = read.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return ""
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_RSA_BITS:
        return f"an RSA key of {key.key_size} bits, limit {LEAST_RSA_BITS}"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size < LEAST_CURVE_BITS:
        return f"a key on a curve of {key.curve.key_size} bits, limit {LEAST_CURVE_BITS}"
    return "a DSA key" if isinstance(key, dsa.DSAPublicKey) else ""


def weak_digest(read: x509.Certificate) -> str:
    """Return the name of a digest that is broken; empty when it is not."""
    return BROKEN.get(read.signature_algorithm_oid.dotted_string, "")
