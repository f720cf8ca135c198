"""An authority for one test, servers with its certificates, and OpenSSL's own programs."""

import asyncio
import contextlib
import signal
import socket
import ssl
import subprocess
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from datashare_monitor_tls import TlsProbe
from ports import free_port

from monitor.testing import configured, look, serve_stream

PEM = serialization.Encoding.PEM
HOST = "127.0.0.1"


class Issued:
    """A certificate with its key."""

    def __init__(self, certificate, key) -> None:
        self.certificate = certificate
        self.key = key

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Authority:
    """A root, an authority below it, and what they issue."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = datetime.now(UTC)
        self.root = self.issue("root", is_authority=True)
        self.middle = self.issue("middle", by=self.root, is_authority=True)
        self.ca_file = self.write("ca.pem", self.root.pem)

    def issue(
        self, name, *, by=None, names=(HOST,), begins=-1.0, ends=90.0, key=None, is_authority=False,
        ocsp_url=None, crl_url=None, issuer_url=None, must_staple=False, usage=None,
    ) -> Issued:  # fmt: skip
        """Issue a certificate; ``begins`` and ``ends`` are days, or moments; by itself without ``by``.

        Days count from the moment of the authority, so that what it issues with the same days ends in the same second.
        """
        key = key or ec.generate_private_key(ec.SECP256R1())
        signer = by.key if by else key
        start, end = (self.now + timedelta(days=one) if isinstance(one, float | int) else one for one in (begins, ends))
        builder = (
            x509.CertificateBuilder()
            .subject_name(named(name))
            .issuer_name(by.certificate.subject if by else named(name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if not is_authority:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([general(one) for one in names]), critical=False
            )
        methods = (
            (ocsp_url, AuthorityInformationAccessOID.OCSP),
            (issuer_url, AuthorityInformationAccessOID.CA_ISSUERS),
        )
        access = [x509.AccessDescription(method, uri(url)) for url, method in methods if url]
        if access:
            builder = builder.add_extension(x509.AuthorityInformationAccess(access), critical=False)
        if crl_url:
            point = x509.DistributionPoint([uri(crl_url)], None, None, None)
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        if must_staple:
            builder = builder.add_extension(x509.TLSFeature([x509.TLSFeatureType.status_request]), critical=False)
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return Issued(builder.sign(signer, hashes.SHA256()), key)

    def leaf(self, name="leaf", **how) -> Issued:
        """Issue a server's certificate by the authority below the root."""
        return self.issue(name, by=self.middle, **how)

    def signed_with(self, digest, binary) -> Issued:
        """Issue a leaf with a digest that cryptography no longer signs with; ``binary`` is openssl's."""
        leaf = self.leaf()
        issuer = (
            "-CA",
            self.write("middle.pem", self.middle.pem),
            "-CAkey",
            self.write("middle.key", self.middle.key_pem),
        )
        public = leaf.key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        names = self.write("names.cnf", f"subjectAltName=IP:{HOST}\n".encode())
        command = [binary, "x509", "-new", "-force_pubkey", self.write("leaf.pub", public), "-subj", "/CN=leaf"]
        command += [*issuer, f"-{digest}", "-days", "30", "-set_serial", "77", "-extfile", names]
        made = subprocess.run(command, check=True, capture_output=True).stdout
        return Issued(x509.load_pem_x509_certificate(made), leaf.key)

    def signer(self, **how) -> Issued:
        """Issue a certificate that may sign OCSP responses."""
        return self.issue("signer", by=self.middle, usage=ExtendedKeyUsageOID.OCSP_SIGNING, **how)

    def write(self, name, *parts: bytes) -> str:
        path = self.folder / name
        path.write_bytes(b"".join(parts))
        return str(path)

    def context(self, leaf: Issued, *chain: Issued, level=None) -> ssl.SSLContext:
        """Return a server's context that sends the leaf and the chain."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if level is not None:
            context.set_ciphers(f"DEFAULT:@SECLEVEL={level}")
        context.load_cert_chain(self.write("server.pem", leaf.key_pem, leaf.pem, *(one.pem for one in chain)))
        return context

    async def looked(self, target, *, trust=True, within=5.0, **settings):
        """Look once at a server."""
        tls_config = {"ca_file": self.ca_file} if trust else {}
        given = {"target": target, **settings, "tls_config": {**tls_config, **settings.get("tls_config", {})}}
        return await look(configured(TlsProbe, given), within=timedelta(seconds=within))

    @staticmethod
    def served(context):
        """Serve TLS and never say a word."""

        async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()

        return serve_stream(hold, tls=context)


def values(observation):
    """Return the readings of an observation by name and labels."""
    return {
        one.measure.name + ("{" + ",".join(one.labels) + "}" if one.labels else ""): one.value
        for one in observation.readings
    }


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def uri(text):
    return x509.UniformResourceIdentifier(text)


def general(text):
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def seen(authority):
    """Return a function that looks once at a server with a certificate; the middle authority's is sent along."""

    async def seen(leaf, *chain, context=None, trust=True, **settings):
        context = context or authority.context(leaf, *(chain or [authority.middle]))
        async with authority.served(context) as target:
            return await authority.looked(target, trust=trust, **settings)

    return seen


@pytest.fixture(name="values")
def values_fixture():
    return values


@pytest.fixture
def openssl(need, authority):
    """Return a context manager that runs a subcommand of openssl which listens; ``{port}`` is a free port."""

    @contextlib.contextmanager
    def run(*arguments):
        port = free_port()
        command = [need("openssl", "openssl"), *(str(one).format(port=port) for one in arguments)]
        with (authority.folder / "openssl.log").open("ab") as log:
            running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log)
        try:
            wait_until_open(port, running)
            yield f"{HOST}:{port}"
        finally:
            running.send_signal(signal.SIGTERM)
            running.stdin.close()
            running.wait(5)

    return run


def wait_until_open(port, running):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        assert running.poll() is None, f"openssl ended with {running.returncode}"
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=0.5):
            return
    pytest.fail("openssl does not listen")
