"""PostgreSQL and MariaDB on loopback, each with TLS, an account that may only read, and data with a planted canary."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ports import free_port

CANARY = "Nguyễn Văn Chim 079203001234"
PASSWORD = "S3cret-canary"
TABLES = f"""
CREATE TABLE requests (id integer PRIMARY KEY, waiting integer, share numeric(10,3), note varchar(8000), made {{when}});
INSERT INTO requests VALUES (1, 12, 0.25, '{CANARY}', {{now}} - interval {{hour}});
INSERT INTO requests VALUES (2, NULL, -3, NULL, {{now}} - interval {{day}});
CREATE TABLE closed (id integer);
CREATE TABLE many (id integer);
"""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A database, and what a check needs to know of it."""

    product: str
    target: str
    ca_file: str
    folder: Path
    database: str = "sharing"

    def settings(self, query: str, **more: object) -> dict[str, object]:
        """Return the settings of a check that asks it."""
        return {
            "target": self.target, "product": self.product, "database": self.database, "user": "reader",
            "password": {"file": str(self.folder / "password")}, "tls_config": {"ca_file": self.ca_file},
            "query": query, **more,
        }  # fmt: skip


def certificates(folder: Path) -> None:
    """Write an authority, a server's certificate, a client's, and a server's of another name."""
    pem, now = serialization.Encoding.PEM, datetime.now(UTC)
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("ca", "server", "client")}
    for name, key in keys.items():
        common = {"ca": "authority", "server": "database", "client": "certified"}[name]
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=90))
            .add_extension(x509.BasicConstraints(ca=name == "ca", path_length=None), critical=True)
        )
        if name == "server":
            names = [x509.DNSName("db.hanoi.example"), x509.IPAddress(ip_address("127.0.0.1"))]
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        (folder / f"{name}.pem").write_bytes(builder.sign(keys["ca"], hashes.SHA256()).public_bytes(pem))
        (folder / f"{name}.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )


def as_user(user: str) -> list[str]:
    return ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []


@contextmanager
def running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    tied = ["setpriv", "--pdeathsig", "KILL", *command]
    with (folder / "log").open("wb") as log, subprocess.Popen(tied, stdout=log, stderr=log, cwd="/") as server:
        try:
            until = time.monotonic() + 30
            while server.poll() is None and time.monotonic() < until:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                    break
                time.sleep(0.1)
            else:
                raise AssertionError((folder / "log").read_text()[-2000:])
            yield
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(20)
            server.kill()


@contextmanager
def prepared(user: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sql") as name:
        folder = Path(name)
        certificates(folder)
        (folder / "password").write_text(PASSWORD + "\n")
        (folder / "wrong").write_text("wr0ng\n")
        folder.chmod(0o755)
        if os.geteuid() == 0:
            for each in (folder, folder / "server.key", folder / "server.pem"):
                shutil.chown(each, user)
        (folder / "server.key").chmod(0o600)
        yield folder


@pytest.fixture(scope="session")
def postgresql(need) -> Iterator[Server]:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not binaries:
        need("postgresql-is-not-installed", "postgresql")
    with prepared("postgres") as folder:
        port, data = free_port(), folder / "data"
        initdb = [*as_user("postgres"), str(binaries[-1] / "initdb"), "-D", str(data), "-U", "root", "--no-sync"]
        subprocess.run(
            [*initdb, "-A", "trust", "-E", "UTF8", "--locale=C"], check=True, stdout=subprocess.DEVNULL, cwd="/"
        )
        (data / "pg_hba.conf").write_text(
            "local all all trust\nhostssl all certified 127.0.0.1/32 cert\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        command = [*as_user("postgres"), str(binaries[-1] / "postgres"), "-D", str(data), "-p", str(port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
        command += [
            "-c",
            "ssl=on",
            "-c",
            f"ssl_cert_file={folder}/server.pem",
            "-c",
            f"ssl_key_file={folder}/server.key",
        ]
        command += ["-c", f"ssl_ca_file={folder}/ca.pem"]
        with running(command, folder, port):
            admin = ["psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", str(folder), "-p", str(port), "-U", "root"]
            subprocess.run([*admin, "-d", "postgres", "-c", "CREATE DATABASE sharing"], check=True)
            tables = TABLES.format(when="timestamptz", now="now()", hour="'1 hour'", day="'1 day'")
            tables += f"""
                INSERT INTO many SELECT generate_series(1, 1000000);
                CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'; CREATE ROLE certified LOGIN;
                GRANT SELECT ON requests, many TO reader, certified;
                GRANT INSERT ON requests TO reader;
                CREATE FUNCTION sneaky() RETURNS integer LANGUAGE sql AS
                    'INSERT INTO requests (id) VALUES (99) RETURNING id';
            """
            subprocess.run([*admin, "-d", "sharing"], input=tables.encode(), check=True, stdout=subprocess.DEVNULL)
            yield Server(
                product="postgresql", target=f"127.0.0.1:{port}", ca_file=str(folder / "ca.pem"), folder=folder
            )


@pytest.fixture(scope="session")
def mariadb(need) -> Iterator[Server]:
    server, installer = need("mariadbd", "mariadb-server"), need("mariadb-install-db", "mariadb-server")
    with prepared("mysql") as folder:
        port, data, plug = free_port(), folder / "data", folder / "socket"
        subprocess.run(
            [*as_user("mysql"), installer, "--no-defaults", f"--datadir={data}",
             "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip
        command = [*as_user("mysql"), server, "--no-defaults", f"--datadir={data}", f"--port={port}"]
        command += [f"--socket={plug}", "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0"]
        command += [f"--ssl-cert={folder}/server.pem", f"--ssl-key={folder}/server.key", f"--ssl-ca={folder}/ca.pem"]
        with running(command, folder, port):
            tables = "CREATE DATABASE sharing CHARACTER SET utf8mb4; USE sharing;" + TABLES.format(
                when="datetime", now="utc_timestamp()", hour="1 hour", day="1 day"
            )
            tables += f"""
                INSERT INTO many SELECT seq FROM seq_1_to_1000000;
                CREATE USER reader@'%' IDENTIFIED BY '{PASSWORD}';
                CREATE USER certified@'%' REQUIRE SUBJECT '/CN=certified';
                GRANT SELECT, INSERT ON sharing.requests TO reader@'%'; GRANT SELECT ON sharing.many TO reader@'%';
                GRANT SELECT ON sharing.requests TO certified@'%';
            """
            admin = ["mariadb", "--no-defaults", f"--socket={plug}", "-u", "root"]
            subprocess.run(admin, input=tables.encode(), check=True)
            yield Server(product="mariadb", target=f"127.0.0.1:{port}", ca_file=str(folder / "ca.pem"), folder=folder)


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request) -> Server:
    """Each of them in turn."""
    return request.getfixturevalue(request.param)
