"""A server on loopback whose certificate was made for this one test."""

import ssl
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.testing.servers import HttpHandler, serve

AUTHORITY = "Throw-away authority"
PEM = serialization.Encoding.PEM


@dataclass(frozen=True, kw_only=True)
class TlsServer:
    """A server that speaks TLS.

    Attributes:
        target: ``host:port``.
        url: The same as an ``https`` URL.
        ca_file: What to trust, for ``tls_config: {ca_file: …}``.
        not_after: When its certificate runs out.
    """

    target: str
    url: str
    ca_file: str
    not_after: datetime


@asynccontextmanager
async def serve_tls(
    handler: HttpHandler | None = None,
    *,
    names: Sequence[str] = ("127.0.0.1", "localhost"),
    ends: timedelta = timedelta(days=90),
) -> AsyncIterator[TlsServer]:
    """Serve HTTPS with a certificate made for this one test, by an authority that nobody else trusts.

    Args:
        handler: Answers every request; an empty 200 when None.
        names: Whom the certificate is for: ``("other.example",)`` for somebody else's.
        ends: When it runs out, from now: ``timedelta(days=-1)`` for an expired one.
    """
    not_after = (datetime.now(UTC) + ends).replace(microsecond=0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write_certificates(folder, names, not_after)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
        async with serve(handler or _empty, tls=context) as url:
            yield TlsServer(
                target=url.removeprefix("https://"), url=url, ca_file=str(folder / "ca.pem"), not_after=not_after
            )


async def _empty(_: web.Request) -> web.Response:
    return web.Response()


def _write_certificates(folder: Path, names: Sequence[str], not_after: datetime) -> None:
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    signs = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    authority = (
        _builder(AUTHORITY, authority_key, authority_key, not_after + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(signs, critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    alternatives = x509.SubjectAlternativeName([_general_name(one) for one in names])
    server = (
        _builder(names[0], key, authority_key, not_after)
        .add_extension(alternatives, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    authority_pem = authority.public_bytes(PEM)
    (folder / "ca.pem").write_bytes(authority_pem)
    (folder / "chain.pem").write_bytes(server.public_bytes(PEM) + authority_pem)
    (folder / "key.pem").write_bytes(
        key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def _builder(
    subject: str, key: ec.EllipticCurvePrivateKey, authority_key: ec.EllipticCurvePrivateKey, not_after: datetime
) -> x509.CertificateBuilder:
    authority = authority_key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(AUTHORITY))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(datetime.now(UTC), not_after) - timedelta(days=1))
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)
