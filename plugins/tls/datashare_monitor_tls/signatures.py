"""Checking who signed an OCSP response or a revocation list."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import SignatureAlgorithmOID

Signed = ocsp.OCSPResponse | x509.CertificateRevocationList


def is_signed_by(signed: Signed, content: bytes, certificate: x509.Certificate) -> bool:
    """Tell whether the key of a certificate signed a content; False also when that cannot be told."""
    try:
        verify(signed, content, certificate)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def verify(signed: Signed, content: bytes, certificate: x509.Certificate) -> None:
    """Return if the signature is good.

    Raises:
        InvalidSignature: It is not.
        TypeError: The key is of a kind that signs no such thing.
        UnsupportedAlgorithm: The algorithm is not known.
        ValueError: The key cannot be read.
    """
    key = certificate.public_key()
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(signed.signature, content)
        return
    digest = signed.signature_hash_algorithm
    if digest is None:
        raise TypeError("no digest")
    if isinstance(key, rsa.RSAPublicKey):
        is_pss = signed.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS
        scheme = padding.PSS(padding.MGF1(digest), padding.PSS.AUTO) if is_pss else padding.PKCS1v15()
        key.verify(signed.signature, content, scheme, digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signed.signature, content, ec.ECDSA(digest))
    else:
        raise TypeError(type(key).__name__)


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Tell whether ``issuer`` signed a certificate."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True
