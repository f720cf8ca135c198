"""The landscape's own certificate authority and the three certificates it gives out."""

import ssl
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY = "ca.pem"
YEAR = timedelta(days=365)
ENDS = {"https": YEAR, "expiring": timedelta(days=9, hours=12), "expired": timedelta(days=-3)}
"""How long after now each certificate ends."""


def issue(directory: Path, now: datetime) -> None:
    """Write the authority's certificate and, for each HTTPS port, a certificate with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _named("Demonstration authority")
    authority = (
        _dated(subject, subject, key, now - YEAR, now + 5 * YEAR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    directory.mkdir(parents=True, exist_ok=True)
    (directory / AUTHORITY).write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    for name, ends in ENDS.items():
        _issue_one(directory / f"{name}.pem", (authority, key), now, now + ends)


def context(directory: Path, name: str) -> ssl.SSLContext:
    """Return what the server side of a port needs."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(directory / f"{name}.pem")
    return made


def _issue_one(
    path: Path, authority: tuple[x509.Certificate, ec.EllipticCurvePrivateKey], now: datetime, ends: datetime
) -> None:
    parent, parent_key = authority
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName("localhost"), x509.DNSName("*.example"), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        _dated(_named("localhost"), parent.subject, key, now - YEAR, ends, parent_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(parent_key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.touch(mode=0o600)
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + secret)


def _dated(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    begins: datetime,
    ends: datetime,
    parent_key: ec.EllipticCurvePrivateKey | None = None,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key((parent_key or key).public_key()), critical=False
        )
    )


def _named(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
