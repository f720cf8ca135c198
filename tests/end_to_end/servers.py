"""Real servers from Debian packages, each started on free loopback ports in a directory of its own."""

import contextlib
import datetime as dt
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def let_through(folder: Path) -> None:
    """Let other users come to the folder: PostgreSQL and squid become one of them when they are started by root."""
    for parent in (folder, *folder.parents):
        mode = parent.stat().st_mode
        if not mode & 0o001:
            parent.chmod(mode | 0o011)


def wait_for(condition, within: float = 20.0, every: float = 0.05):
    """Return the first true value of ``condition()``; fail loudly when it does not come in time."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(every)
    raise AssertionError(f"{condition.__name__} did not become true within {within} s")


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False


def answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
        return answer.status == 200
    return False


@contextlib.contextmanager
def http(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[int]:
    """Serve HTTP in a thread, as ``answer`` does; yields the port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        do_POST = do_CONNECT = do_GET  # noqa: N815 - their names in http.server

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        try:
            yield serving.server_address[1]
        finally:
            serving.shutdown()
            thread.join()


def ok(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()


@contextlib.contextmanager
def process(command: list[str], directory: Path, **options) -> Iterator[subprocess.Popen]:
    """Run a program in the foreground; its output goes to a file beside it, and it ends with the block.

    So does what it started, as long as that has made no session of its own; and it ends with us, however we end.
    """
    log = directory / f"{Path(command[0]).name}.log"
    tied = ["setpriv", "--pdeathsig", "KILL", *command]
    with log.open("ab") as output:
        running = subprocess.Popen(
            tied, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True, **options
        )
    try:
        yield running
    finally:
        running.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait(5)


def certificate(directory: Path, *, days: int = 90) -> tuple[Path, Path]:
    """Write a self-signed certificate for localhost and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, key_file = directory / "cert.pem", directory / "key.pem"
    pem.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return pem, key_file


@contextlib.contextmanager
def nginx(binary: str, directory: Path, http_port: int, https_port: int, pem: Path, key: Path):
    directory.mkdir(exist_ok=True)
    configuration = directory / "nginx.conf"
    configuration.write_text(f"""
        daemon off; master_process off; pid {directory}/nginx.pid; error_log {directory}/error.log;
        events {{ worker_connections 256; }}
        http {{
          access_log off;
          client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
          fastcgi_temp_path {directory}/fastcgi; uwsgi_temp_path {directory}/uwsgi; scgi_temp_path {directory}/scgi;
          server {{
            listen 127.0.0.1:{http_port};
            listen 127.0.0.1:{https_port} ssl;
            ssl_certificate {pem}; ssl_certificate_key {key};
            location /health {{ default_type application/json; return 200 '{{"error_code": 0}}'; }}
            location / {{ return 404; }}
          }}
        }}
    """)
    with process([binary, "-c", str(configuration), "-p", str(directory)], directory) as running:
        wait_for(lambda: listens(http_port) and listens(https_port))
        yield running


@contextlib.contextmanager
def postgres(bin_directory: Path, directory: Path, port: int):
    """PostgreSQL refuses to run as root, so it runs as the user its package made."""
    directory.mkdir(exist_ok=True)
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(directory, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    cluster = directory / "cluster"
    subprocess.run(
        [*as_user, str(bin_directory / "initdb"), "-D", str(cluster), "-A", "trust", "-U", "postgres", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
    command = [*as_user, str(bin_directory / "postgres"), "-D", str(cluster), "-p", str(port)]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={directory}", "-c", "fsync=off"]
    with process(command, directory, cwd="/") as running:
        wait_for(lambda: listens(port))
        yield running


LGSP = 'local-data: "lgsp.hanoi.example. 60 IN A 127.0.0.1"'


@contextlib.contextmanager
def unbound(binary: str, directory: Path, port: int, *lines: str, tls: tuple[int, Path, Path] | None = None):
    """Answer names below ``example`` as the lines of its section ``server`` say; without any it knows one.

    Args:
        tls: A port for DNS over TLS, and the certificate and key for it.
    """
    directory.mkdir(exist_ok=True)
    places = [f"interface: 127.0.0.1@{port}"]
    if tls is not None:
        tls_port, pem, key = tls
        places += [f"interface: 127.0.0.1@{tls_port}", f"tls-port: {tls_port}"]
        places += [f'tls-service-key: "{key}"', f'tls-service-pem: "{pem}"']
    configuration = directory / "unbound.conf"
    configuration.write_text(f"""
server:
  {f"{chr(10)}  ".join((*places, *(lines or (LGSP,))))}
  do-daemonize: no
  chroot: ""
  username: ""
  directory: ""
  pidfile: ""
  use-syslog: no
  do-ip6: no
  access-control: 127.0.0.0/8 allow
  local-zone: "example." static
remote-control:
  control-enable: no
""")
    with process([binary, "-d", "-c", str(configuration)], directory) as running:
        wait_for(lambda: listens(port) and (tls is None or listens(tls[0])))
        yield running


@contextlib.contextmanager
def prometheus(binary: str, directory: Path, port: int, target: str, every: str = "1s"):
    directory.mkdir(exist_ok=True)
    configuration = directory / "prometheus.yml"
    configuration.write_text(f"""
global: {{scrape_interval: {every}, scrape_timeout: 1s}}
scrape_configs:
  - job_name: datashare-monitor
    static_configs: [{{targets: ["{target}"]}}]
""")
    command = [binary, f"--config.file={configuration}", f"--storage.tsdb.path={directory / 'data'}"]
    command += [f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn"]
    with process(command, directory) as running:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/-/ready"))
        yield running
