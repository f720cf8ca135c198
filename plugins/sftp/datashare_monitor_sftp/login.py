"""Who we are to an SSH server, and how we know that it is the right one."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from monitor.plugin import ProbeError, Reason, Secret, Vantage

LARGEST_FILE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Login:
    """A login with a password or a private key, at a server whose host key is known beforehand.

    Attributes:
        username: Who we are.
        password: Sent once the host key is verified.
        private_key: The text of a key in OpenSSH's or PEM format, without a passphrase.
        host_keys: The server's public keys as in ``ssh-keyscan``: ``ssh-ed25519 AAAA…``.
        known_hosts: A file in OpenSSH's format with the server's host key, or its authority (``@cert-authority``).
    """

    username: str
    password: Secret | None = None
    private_key: Secret | None = None
    host_keys: tuple[str, ...] = ()
    known_hosts: str | None = None

    def __post_init__(self) -> None:
        if not self.username:
            raise ValueError("username is empty; write who logs in")
        if (self.password is None) == (self.private_key is None):
            raise ValueError("write password or private_key, one of them")
        if bool(self.host_keys) == (self.known_hosts is not None):
            raise ValueError(
                "write host_keys or known_hosts, one of them: a login at an unknown server gives the password away"
            )
        for key in self.host_keys:
            public_key(key)

    async def keys(self, vantage: Vantage) -> list[asyncssh.SSHKey] | None:
        """Return the private key; None when there is only a password.

        Raises:
            ProbeError: It is none, or has a passphrase.
        """
        if self.private_key is None:
            return None
        text = vantage.reveal(self.private_key)
        try:
            return [await asyncio.to_thread(asyncssh.import_private_key, text + "\n")]
        except asyncssh.KeyEncryptionError:
            raise ProbeError(Reason.SECRET, "the private key has a passphrase; use one without") from None
        except (asyncssh.KeyImportError, ValueError):
            raise ProbeError(Reason.SECRET, "the private key is not one in OpenSSH's or PEM format") from None

    async def known(self) -> asyncssh.SSHKnownHosts | tuple[list[asyncssh.SSHKey], list[str], list[str]]:
        """Return the host keys to trust.

        Raises:
            ProbeError: The file of them cannot be read.
        """
        if self.known_hosts is None:
            return [public_key(key) for key in self.host_keys], [], []
        try:
            return await asyncio.to_thread(read_known_hosts, Path(self.known_hosts))
        except OSError as error:
            detail = f"known_hosts {self.known_hosts} cannot be read: {error.strerror}"
            raise ProbeError(Reason.SECRET, detail) from None
        except ValueError:
            raise ProbeError(Reason.SECRET, f"{self.known_hosts} is not in the format of known_hosts") from None


def read_known_hosts(path: Path) -> asyncssh.SSHKnownHosts:
    """Read a file of host keys.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not such a file.
    """
    with path.open("rb") as file:
        return asyncssh.import_known_hosts(file.read(LARGEST_FILE).decode())


def public_key(text: str) -> asyncssh.SSHKey:
    """Return a host key.

    Raises:
        ValueError: It is none.
    """
    try:
        return asyncssh.import_public_key(text)
    except asyncssh.KeyImportError:
        raise ValueError(
            f'"{text[:40]}" is not a public key; write what ssh-keyscan prints behind the host: ssh-ed25519 AAAA…'
        ) from None
