"""Servers on loopback, certificates made on the spot, vantages to look from; every test runs on both event loops."""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.clock import SystemClock
from monitor.inventory import Check, CheckId
from monitor.network import Network
from monitor.settings import Egress, Nameservers, Settings
from monitor.vitals import Vitals


def pytest_asyncio_loop_factories(config, item):
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@dataclass(frozen=True)
class Nothing:
    """A probe that needs no vantage of its own."""

    secret: object = None

    async def observe(self, vantage):
        raise NotImplementedError


def check_of(probe=None, plugin="http"):
    return Check(
        id=CheckId("agency/target/check"),
        kind="http",
        plugin=plugin,
        probe=probe or Nothing(),
        every=timedelta(seconds=30),
        timeout=timedelta(seconds=5),
    )


@pytest.fixture
async def networks():
    """Return a function that makes a Network with the settings given; all are closed at the end."""
    made = []

    def make(*, allow=None, deny=(), proxy=None, servers=("127.0.0.1:9",), clock=None, sockets=(), environment=None):
        places = tuple(map(str, sockets))
        everywhere = Egress(proxy=proxy, deny=tuple(map(ipaddress.ip_network, deny)), sockets=places)
        some = Egress(
            allow=tuple(map(ipaddress.ip_network, allow or ())),
            deny=everywhere.deny,
            proxy=proxy,
            sockets=places,
        )
        settings = Settings(
            vantage="here",
            egress=everywhere if allow is None else some,
            nameservers=Nameservers(servers=tuple(servers), timeout=timedelta(seconds=0.2), tries=1),
        )
        network = Network(settings, clock or SystemClock(), Vitals(), environment=environment)
        made.append(network)
        return network

    yield make
    for network in made:
        await network.close()


@pytest.fixture
def look(networks):
    """Return a function that makes the vantage of a run on a Network of its own."""

    def make(*, probe=None, plugin="http", **settings):
        return networks(**settings).vantage(check_of(probe, plugin), time.monotonic() + 5)

    return make


@pytest.fixture
def check():
    return check_of


@dataclass
class Listener:
    """A server that counts its connections."""

    port: int
    connections: int = 0
    received: list[bytes] = field(default_factory=list)
    server: asyncio.Server | None = None

    def url(self, path="/", scheme="http", host="127.0.0.1"):
        return f"{scheme}://{host}:{self.port}{path}"


@pytest.fixture
async def serve():
    """Return a function that serves ``talk(reader, writer)``, or bytes as the answer to each request, on loopback."""
    listeners = []
    talks = set()

    async def start(talk=b"", *, host="127.0.0.1", tls=None):
        listener = Listener(0)

        async def answer(reader, writer):
            head = await reader.readuntil(b"\r\n\r\n")
            listener.received.append(head)
            writer.write(talk)
            await writer.drain()

        async def client(reader, writer):
            talks.add(asyncio.current_task())
            listener.connections += 1
            try:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                    await (answer if isinstance(talk, bytes) else talk)(reader, writer)
            finally:
                writer.close()
                talks.discard(asyncio.current_task())

        listener.server = await asyncio.start_server(client, host, 0, ssl=tls)
        listener.port = listener.server.sockets[0].getsockname()[1]
        listeners.append(listener)
        return listener

    yield start
    for listener in listeners:
        listener.server.close()
    for talk in tuple(talks):
        talk.cancel()
    await asyncio.gather(*talks, return_exceptions=True)


@pytest.fixture
async def settled(serve):
    """Return a function that waits, for two seconds at most, until as many descriptors are open as at the start."""
    first = await serve()  # the loop opens some of its own
    _, writer = await asyncio.open_connection("127.0.0.1", first.port)
    writer.close()
    await writer.wait_closed()
    first.server.close()
    await asyncio.sleep(0.01)
    base = descriptors()

    async def wait(more=0):
        for _ in range(200):
            if descriptors() <= base + more:
                break
            await asyncio.sleep(0.01)
        return descriptors() - base

    return wait


def descriptors():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


class Authority:
    """A certificate authority for one test run."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test Authority")])
        self.certificate = self.sign(self.name, self.key.public_key(), is_authority=True)
        self.ca_file = str(directory / "ca.pem")
        Path(self.ca_file).write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def sign(self, subject, public_key, *, names=(), days=(-1, 90), is_authority=False, key=None, issuer=None):
        now = datetime.now(UTC)
        begin, end = (now + timedelta(days=each) if isinstance(each, (int, float)) else each for each in days)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or self.name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(list(map(general, names))), critical=False)
        return builder.sign(key or self.key, hashes.SHA256())

    def leaf(self, *names, common_name="leaf", days=(-1, 90), self_signed=False):
        """Return the path of a PEM file with a key, its certificate and the authority's."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        own = {"key": key, "issuer": subject} if self_signed else {}
        certificate = self.sign(subject, key.public_key(), names=names, days=days, **own)
        pem = serialization.Encoding.PEM
        path = self.directory / f"{certificate.serial_number:x}.pem"
        parts = [
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
            certificate.public_bytes(pem),
        ]
        path.write_bytes(b"".join(parts if self_signed else [*parts, self.certificate.public_bytes(pem)]))
        return str(path)

    def server(self, *names, **how):
        """Return a server's TLS context with a certificate for these names."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.leaf(*names, **how))
        return context


def general(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


class Zone:
    """A name server: answers from ``addresses`` what it holds, NXDOMAIN to the rest, and nothing to silent names.

    It has a thread of its own, because an event loop reads too few datagrams at a time for thousands of questions.
    """

    def __init__(self) -> None:
        self.addresses: dict[str, list[str]] = {}
        self.codes: dict[str, int] = {}
        self.silent: set[str] = set()
        self.asked: list[tuple[str, int]] = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.server = f"127.0.0.1:{self.socket.getsockname()[1]}"

    def run(self):
        while data := self.socket.recvfrom(4096):
            if data[0] == b"stop":
                return
            answer = self.answer(data[0])
            if answer:
                self.socket.sendto(answer, data[1])

    def answer(self, data):
        labels, at = [], 12
        while data[at]:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += data[at] + 1
        kind = struct.unpack("!H", data[at + 1 : at + 3])[0]
        name = ".".join(labels).lower()
        self.asked.append((name, kind))
        if name in self.silent:
            return b""
        found = [ipaddress.ip_address(each) for each in self.addresses.get(name, ())]
        fitting = [each for each in found if each.version == {1: 4, 28: 6}.get(kind)]
        code = self.codes.get(name, 0 if name in self.addresses else 3)
        head = data[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(fitting), int(code == 3), 0)
        records = b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(each.packed)) + each.packed for each in fitting
        )
        # Its last number says that resolvers may remember for an hour that the name does not exist.
        soa = b"\0" + struct.pack("!HHIH", 6, 1, 3600, 22) + b"\0\0" + struct.pack("!IIIII", 1, 1, 1, 1, 3600)
        return head + data[12 : at + 5] + records + (soa if code == 3 else b"")


@pytest.fixture
def zone():
    made = Zone()
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.socket.sendto(b"stop", made.socket.getsockname())
    thread.join()
    made.socket.close()
