"""An authority for one test, and the certificates that it makes: of servers and of clients."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Pair:
    """A certificate and its key, as files."""

    cert: Path
    key: Path


USES = dict.fromkeys(
    ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
) | {"key_cert_sign": True, "crl_sign": True}


class Authority:
    """Makes certificates in a folder."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self.folder = folder
        self.file = folder / f"{name}.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Throw-away authority {name}")])
        own = self._builder(self._name, self._key, timedelta(days=30))
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        own = own.add_extension(x509.KeyUsage(**USES, encipher_only=False, decipher_only=False), critical=True)
        self.file.write_bytes(own.sign(self._key, hashes.SHA256()).public_bytes(PEM))

    def pair(
        self, name: str, *sans: str, ends: timedelta = timedelta(days=10), begins: timedelta | None = None
    ) -> Pair:
        """Write ``name.pem`` and ``name.key``; a name with a scheme is a URI, one with an @ an address of mail."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(subject, key, ends, begins)
        if sans:
            builder = builder.add_extension(x509.SubjectAlternativeName([*map(general_name, sans)]), critical=False)
        pair = Pair(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        pair.cert.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(PEM))
        pair.key.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return pair

    def trust(self, own: Pair | None = None) -> ssl.SSLContext:
        """Return a client's context that trusts this authority, with a certificate of its own if there is one."""
        context = ssl.create_default_context(cafile=str(self.file))
        context.hostname_checks_common_name = False
        if own is not None:
            context.load_cert_chain(own.cert, own.key)
        return context

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, ends: timedelta, begins: timedelta | None = None
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        start = min(now, now + ends) - timedelta(days=1) if begins is None else now + begins
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(now + ends)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )


def general_name(text: str) -> x509.GeneralName:
    if "://" in text:
        return x509.UniformResourceIdentifier(text)
    if "@" in text:
        return x509.RFC822Name(text)
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
