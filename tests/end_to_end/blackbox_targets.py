"""Targets on loopback for /probe and for blackbox_exporter: nginx, unbound, and servers that misbehave."""

import contextlib
import datetime as dt
import gzip
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from end_to_end.servers import listens, process, wait_for
from ports import free_port

STATUSES = (200, 201, 202, 400, 401, 403, 404, 405, 410, 429, 500, 502, 503, 504)
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """A certificate authority for one test run, and the files it wrote."""

    directory: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def file(self) -> Path:
        return self.directory / "ca.pem"

    def issue(self, name: str, *names: str, days: float = 90) -> tuple[Path, Path]:
        """Write the chain of a certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = [x509.IPAddress(ip_address(one)) if one[0].isdigit() else x509.DNSName(one) for one in names]
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        signed = (
            builder(name, self.certificate.subject, key, now - 30 * DAY, now + dt.timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        pem, key_file = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        pem.write_bytes(written(signed) + written(self.certificate))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return pem, key_file


def authority(directory: Path) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    signed = (
        builder("Test authority", name, key, now - 40 * DAY, now + 365 * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Authority(directory, key, signed)
    made.file.write_bytes(written(signed))
    return made


def builder(name: str, issuer: x509.Name, key, begins: dt.datetime, ends: dt.datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def written(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@contextlib.contextmanager
def nginx(binary: str, directory: Path, ports: dict[str, int], made: Authority) -> Iterator[None]:
    """Serve HTTP on the port ``http``, and HTTPS on all others, each with a certificate of its own."""
    directory.mkdir(exist_ok=True)
    (directory / "page.txt").write_text("hello from nginx\n" * 400)
    (directory / "page.txt.gz").write_bytes(gzip.compress(b"hello from nginx\n" * 400))
    certificates = {
        "https": made.issue("good", "localhost", "127.0.0.1"),
        "expired": made.issue("expired", "localhost", "127.0.0.1", days=-1),
        "other": made.issue("other", "other.example"),
        "old": made.issue("old", "localhost", "127.0.0.1"),
    }
    statuses = "\n".join(f"location = /status/{code} {{ return {code} 'status'; }}" for code in STATUSES)
    locations = f"""
        root {directory}; default_type text/plain; gzip on; gzip_types text/plain; gzip_min_length 1;
        location = /ok {{ add_header X-Kind one; add_header X-Kind two; return 200 'hello world'; }}
        location = /empty {{ return 204; }}
        location = /redirect {{ return 302 /ok; }}
        location = /redirect/twice {{ return 301 /redirect; }}
        location = /redirect/loop {{ return 302 /redirect/loop; }}
        location = /redirect/https {{ return 302 https://localhost:{ports["https"]}/ok; }}
        location = /redirect/broken {{ return 302 /status/500; }}
        location = /method {{ return 200 "$request_method"; }}
        location = /host {{ return 200 "$http_host"; }}
        location = /authorization {{ return 200 "[$http_authorization]"; }}
        location = /language {{ return 200 "$http_accept_language"; }}
        location = /post {{ if ($request_method != POST) {{ return 405; }} return 200 'posted $content_length'; }}
        location = /json {{ default_type application/json; return 200 '{{"error_code": 0, "items": [1, 2]}}'; }}
        {statuses}
    """
    secure = "\n".join(
        f"""server {{ listen 127.0.0.1:{ports[name]} ssl; ssl_certificate {pem}; ssl_certificate_key {key};
            ssl_protocols {"TLSv1.2" if name == "old" else "TLSv1.2 TLSv1.3"}; {locations} }}"""
        for name, (pem, key) in certificates.items()
    )
    configuration = directory / "nginx.conf"
    configuration.write_text(f"""
        daemon off; master_process off; pid {directory}/nginx.pid; error_log {directory}/error.log;
        events {{ worker_connections 256; }}
        http {{
          access_log off;
          client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
          fastcgi_temp_path {directory}/fastcgi; uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
          server {{ listen 127.0.0.1:{ports["http"]}; {locations} }}
          {secure}
        }}
    """)
    with process([binary, "-c", str(configuration), "-p", str(directory)], directory):
        wait_for(lambda: all(listens(port) for port in ports.values()))
        yield


ZONE = (
    "rrset-roundrobin: no",
    'local-data: "example. 3600 IN SOA ns.example. admin.example. 2026112701 3600 600 86400 300"',
    'local-data: "example. 3600 IN NS ns.example."',
    'local-data: "lgsp.hanoi.example. 60 IN A 127.0.0.1"',
    'local-data: "lgsp.hanoi.example. 60 IN A 127.0.0.2"',
    'local-data: "lgsp.hanoi.example. 60 IN AAAA ::1"',
    'local-data: "lgsp.hanoi.example. 60 IN MX 10 mail.example."',
    """local-data: 'lgsp.hanoi.example. 60 IN TXT "hello"'""",
)
"""What the name server is told."""
Talk = Callable[[socket.socket], None]


@contextlib.contextmanager
def talking(talk: Talk) -> Iterator[int]:
    """Serve connections in threads, each as ``talk`` does; yields the port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError):
                self.request.settimeout(5)
                talk(self.request)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield serving.server_address[1]
        finally:
            serving.shutdown()
            thread.join()


def answering(answer: bytes) -> Talk:
    """Read a request head, then send these bytes and close."""

    def talk(connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            more = connection.recv(4096)
            if not more:
                return
            head += more
        connection.sendall(answer)

    return talk


def mail(made: Authority) -> Talk:
    """Speak as a mail server does, STARTTLS included."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*made.issue("mail", "localhost", "127.0.0.1"))

    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 mail.example ESMTP ready\r\n")
        while command := line(connection):
            if command.startswith(b"EHLO"):
                connection.sendall(b"250-mail.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n")
            elif command.startswith(b"STARTTLS"):
                connection.sendall(b"220 go ahead\r\n")
                with context.wrap_socket(connection, server_side=True) as secured:
                    line(secured)
                    secured.sendall(b"221 bye\r\n")
                return
            else:
                connection.sendall(b"221 bye\r\n")
                return

    return talk


def echoing(connection: socket.socket) -> None:
    """Say hello, and every line back."""
    connection.sendall(b"hello 42 world\n")
    while said := line(connection):
        connection.sendall(b"you said " + said + b"\n")


def silent(connection: socket.socket) -> None:
    """Take everything and say nothing."""
    while connection.recv(4096):
        pass


def hanging_up(connection: socket.socket) -> None:
    """Say nothing and close."""
    connection.shutdown(socket.SHUT_RDWR)


def line(connection: socket.socket) -> bytes:
    got = b""
    while not got.endswith(b"\n"):
        more = connection.recv(1)
        if not more:
            return b""
        got += more
    return got.rstrip(b"\r\n")


HEALTH = {b"": b"\x08\x01", b"lgsp": b"\x08\x01", b"failing": b"\x08\x02"}
"""HealthCheckResponse by service: SERVING is 1, NOT_SERVING 2."""


@contextlib.contextmanager
def health(certificates: Mapping[str, tuple[Path, Path]]) -> Iterator[dict[str, int]]:
    """Serve grpc.health.v1, on the port ``grpc`` and for each certificate on another over TLS; needs grpcio."""
    import grpc

    def check(request: bytes, context) -> bytes:
        service = request[2:]  # field 1, a text, and its length
        if service not in HEALTH:
            context.abort(grpc.StatusCode.NOT_FOUND, "unknown service")
        return HEALTH[service]

    handler = grpc.method_handlers_generic_handler(
        "grpc.health.v1.Health", {"Check": grpc.unary_unary_rpc_method_handler(check)}
    )
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((handler,))
    ports = {"grpc": server.add_insecure_port("127.0.0.1:0")}
    for name, (pem, key) in certificates.items():
        credentials = grpc.ssl_server_credentials([(key.read_bytes(), pem.read_bytes())])
        ports[name] = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    try:
        yield ports
    finally:
        server.stop(None).wait(5)


ODD = {
    "old_http": answering(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold"),
    "chunked": answering(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n\r\n"
        b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"
    ),
    "truncated": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this"),
    "garbage": answering(b"this is not HTTP\r\n\r\n"),
    "bad_gzip": answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip"),
    "bad_date": answering(b"HTTP/1.1 200 OK\r\nLast-Modified: some day\r\nContent-Length: 2\r\n\r\nok"),
    "echo": echoing,
    "silent": silent,
    "hanging_up": hanging_up,
}


def ports_of(*names: str) -> dict[str, int]:
    return {name: free_port() for name in names}
