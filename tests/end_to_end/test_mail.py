"""The conversations that the README of the plugins shows work with real servers, and measure their certificates."""

import asyncio
import contextlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from datashare_monitor_tcp import TcpProbe
from end_to_end.servers import certificate, listens, process, wait_for
from ports import free_port

from monitor.config import load
from monitor.plugin import HostPort, Observation, Reason, Status, TlsConfig
from monitor.testing import look

pytestmark = pytest.mark.services

README = Path(__file__).parents[2] / "plugins" / "README.md"
NAMED = re.compile(r"```yaml\n# (conversations/\S+)\n(.*?)```", re.DOTALL)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="the server's master process has to be root's")


@pytest.fixture(scope="module")
def conversations(tmp_path_factory) -> dict[str, TcpProbe]:
    """The probes of the README, by the id of their check."""
    folder = tmp_path_factory.mktemp("readme")
    for name, text in NAMED.findall(README.read_text()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    loaded = load(folder / "conversations")
    return {check.id.rpartition("/")[2]: check.probe for check in loaded.inventory.checks.values()}


@pytest.fixture
def place():
    """A folder that the users of servers may enter, which they may not with pytest's own."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def seen(probe: TcpProbe, port: int, pem: Path | None) -> Observation:
    config = TlsConfig(server_name="localhost", ca_file=str(pem) if pem else None)
    return asyncio.run(look(replace(probe, target=HostPort("127.0.0.1", port), tls_config=config)))


def assert_converses(probe: TcpProbe, port: int, pem: Path) -> None:
    good, untrusted = seen(probe, port, pem), seen(probe, port, None)

    assert (good.status, good.detail) == (Status.UP, "")
    assert (untrusted.status, untrusted.reason) == (Status.DOWN, Reason.CERTIFICATE_SELF_SIGNED)
    for one, expiries in ((good, 2), (untrusted, 1)):
        names = [reading.measure.name for reading in one.readings if "expiry" in reading.measure.name]
        assert len(names) == expiries
        assert "probe_ssl_earliest_cert_expiry" in names


@contextlib.contextmanager
def postfix(binary: str, folder: Path, port: int, pem: Path, key: Path):
    queue, state = folder / "queue", folder / "state"
    queue.mkdir()
    state.mkdir()
    shutil.chown(state, "postfix", "postfix")
    (folder / "main.cf").write_text(
        f"compatibility_level = 3.6\nqueue_directory = {queue}\ndata_directory = {state}\n"
        f"myhostname = mail.hue.example\nmydestination =\nmynetworks = 127.0.0.0/8\ninet_interfaces = 127.0.0.1\n"
        f"inet_protocols = ipv4\nsmtpd_tls_security_level = may\nsmtpd_tls_cert_file = {pem}\n"
        f"smtpd_tls_key_file = {key}\nmaillog_file = {folder}/mail.log\nmaillog_file_prefixes = {folder}\n"
        f"alternate_config_directories = {folder}\nimport_environment = MAIL_CONFIG={folder}\n"
    )
    services = [
        f"127.0.0.1:{port} inet n - n - - smtpd",
        "tlsmgr unix - - n 1000? 1 tlsmgr",
        "anvil unix - - n - 1 anvil",
        "proxymap unix - - n - - proxymap",
        "rewrite unix - - n - - trivial-rewrite",
        "cleanup unix n - n - 0 cleanup",
        "postlog unix-dgram n - n - 1 postlogd",
    ]
    (folder / "master.cf").write_text("\n".join(services) + "\n")
    subprocess.run([binary, "-c", str(folder), "check"], check=True, capture_output=True)
    # "postfix start-fg" would be a shell that waits for master and that leaves it behind when it is ended.
    master = subprocess.run(["postconf", "-h", "daemon_directory"], check=True, capture_output=True, text=True)
    with process([f"{master.stdout.strip()}/master", "-c", str(folder), "-s"], folder):
        wait_for(lambda: listens(port))
        yield


@needs_root
def test_conversation_with_postfix(need, place, conversations):
    binary = need("postfix", "postfix")
    pem, key = certificate(place)
    port = free_port()

    with postfix(binary, place, port, pem, key):
        assert_converses(conversations["smtp"], port, pem)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_conversation_with_dovecot(need, place, conversations, protocol):
    binary = need("dovecot", f"dovecot-{protocol}d")
    pem, key = certificate(place)
    port = free_port()
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    (place / "dovecot.conf").write_text(f"""
        base_dir = {place}/run
        state_dir = {place}/state
        log_path = {place}/own.log
        protocols = {protocol}
        listen = 127.0.0.1
        ssl = yes
        ssl_cert = <{pem}
        ssl_key = <{key}
        default_internal_user = {user}
        default_internal_group = nogroup
        default_login_user = {user}
        service {protocol}-login {{
          chroot =
          inet_listener {protocol} {{
            port = {port}
          }}
          inet_listener {protocol}s {{
            port = 0
          }}
        }}
        service anvil {{
          chroot =
        }}
        passdb {{
          driver = static
          args = nopassword=y
        }}
        userdb {{
          driver = static
          args = uid={user} gid=nogroup home={place}
        }}
    """)
    options = {}
    if os.geteuid() == 0:
        for path in (place, *place.iterdir()):
            shutil.chown(path, "nobody", "nogroup")
        options = {"user": "nobody", "group": "nogroup", "extra_groups": []}

    with process([binary, "-F", "-c", str(place / "dovecot.conf")], place, **options):
        wait_for(lambda: listens(port))
        assert_converses(conversations[protocol], port, pem)


def test_conversation_with_vsftpd(need, place, conversations):
    binary = need("vsftpd", "vsftpd")
    pem, key = certificate(place)
    port = free_port()
    (place / "empty").mkdir()
    (place / "vsftpd.conf").write_text(
        "listen=YES\nlisten_ipv6=NO\nbackground=NO\nrun_as_launching_user=YES\nlisten_address=127.0.0.1\n"
        f"listen_port={port}\nanonymous_enable=YES\nlocal_enable=NO\nssl_enable=YES\nallow_anon_ssl=YES\n"
        f"secure_chroot_dir={place}/empty\nrsa_cert_file={pem}\nrsa_private_key_file={key}\n"
        "seccomp_sandbox=NO\nxferlog_enable=NO\nssl_tlsv1=YES\n"
    )
    options = {}
    if os.geteuid() == 0:
        for path in (place, *place.iterdir()):
            shutil.chown(path, "nobody", "nogroup")
        options = {"user": "nobody", "group": "nogroup", "extra_groups": []}

    with process([binary, str(place / "vsftpd.conf")], place, **options):
        wait_for(lambda: listens(port))
        assert_converses(conversations["ftp"], port, pem)
