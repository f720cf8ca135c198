"""Checking who signed an OCSP response."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp


def is_signed_by(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    """Tell whether the key of a certificate made the signature of a response; False also when that cannot be told."""
    try:
        verify(response, certificate)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def verify(response: ocsp.OCSPResponse, certificate: x509.Certificate) -> None:
    """Return if the signature is good.

    Raises:
        InvalidSignature: It is not.
        TypeError: The key is of a kind that signs no such thing.
        UnsupportedAlgorithm: The algorithm is not known.
        ValueError: The key cannot be read.
    """
    key = certificate.public_key()
    signature, signed = response.signature, response.tbs_response_bytes
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(signature, signed)
        return
    digest = response.signature_hash_algorithm
    if digest is None:
        raise TypeError("no digest")
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(digest))
    else:
        raise TypeError(type(key).__name__)


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether ``issuer`` signed a certificate."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True
