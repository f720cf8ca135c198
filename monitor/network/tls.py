"""TLS contexts, made once for each configuration, and what a handshake showed."""

import ssl
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from monitor.network.hostname import shown
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import Certificate, TlsConfig, TlsFacts
from monitor.plugin.x509 import certificate

VERSIONS = {
    "TLS10": ssl.TLSVersion.TLSv1, "TLS11": ssl.TLSVersion.TLSv1_1,
    "TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3,
}  # fmt: skip
OLD = frozenset({"TLS10", "TLS11"})
TEXTS = {"TLSv1": "TLS 1.0", "TLSv1.1": "TLS 1.1", "TLSv1.2": "TLS 1.2", "TLSv1.3": "TLS 1.3"}
LOOK_AGAIN_SECONDS = 1.0
DER = 2
"""``_ssl.ENCODING_DER``."""

Stamp = tuple[tuple[int, int], ...]
Key = tuple[str | None, str | None, str | None, bool, str | None, str | None, tuple[str, ...]]
"""Everything of a configuration that a context depends on: the server's name is not part of it."""


class Contexts:
    """The TLS contexts of the process; one is made anew when its files change, looked at once a second at most."""

    def __init__(self) -> None:
        self._made: dict[Key, tuple[ssl.SSLContext, Stamp, float]] = {}

    def get(self, config: TlsConfig, *alpn: str) -> ssl.SSLContext:
        """Return the context for a configuration; shared, so nobody changes it.

        Raises:
            ProbeError: One of its files cannot be used (``Reason.SECRET`` for our own certificate and key).
        """
        key = (
            config.ca_file, config.cert_file, config.key_file, config.insecure_skip_verify, config.min_version,
            config.max_version, alpn,
        )  # fmt: skip
        now = time.monotonic()
        found = self._made.get(key)
        if found is not None and (now - found[2] < LOOK_AGAIN_SECONDS or not files(config)):
            return found[0]
        try:
            stamp = tuple(changed(path) for path in files(config))
            context = found[0] if found is not None and found[1] == stamp else made(config, alpn)
        except (OSError, ValueError) as error:
            named = ", ".join(files(config)) or "the system's certificates"
            words = error.strerror or error.__class__.__name__ if isinstance(error, OSError) else "unusable"
            raise ProbeError(Reason.SECRET, f"TLS cannot be set up from {named}: {words}") from error
        self._made[key] = (context, stamp, now)
        return context


def files(config: TlsConfig) -> tuple[str, ...]:
    """Return the files a configuration names."""
    return tuple(path for path in (config.ca_file, config.cert_file, config.key_file) if path)


def changed(path: str) -> tuple[int, int]:
    """Return what differs once a file has changed."""
    facts = Path(path).stat()
    return facts.st_mtime_ns, facts.st_size


def made(config: TlsConfig, alpn: tuple[str, ...]) -> ssl.SSLContext:
    """Make a context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    if config.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif config.ca_file:
        context.load_verify_locations(config.ca_file)
    else:
        context.load_default_certs()
    # Alike for all versions of Python: 3.13 would be stricter with private authorities than the systems' own clients.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with warnings.catch_warnings():
        # Old versions are asked for by name, to look at old servers.
        warnings.simplefilter("ignore", DeprecationWarning)
        if config.min_version:
            context.minimum_version = VERSIONS[config.min_version]
        elif config.max_version in OLD:
            context.minimum_version = VERSIONS[config.max_version]
        if config.max_version:
            context.maximum_version = VERSIONS[config.max_version]
    if not OLD.isdisjoint((config.min_version, config.max_version)):
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if config.cert_file:
        context.load_cert_chain(config.cert_file, config.key_file, password=no_password)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def no_password() -> str:
    """Refuse: without this, OpenSSL would ask on the terminal for the password of an encrypted key."""
    raise ValueError("the key is encrypted")


def server_name(config: TlsConfig, host: str) -> str:
    """Return the name to ask for and to verify.

    Raises:
        ProbeError: It cannot be asked for.
    """
    name = (config.server_name or host).rstrip(".")
    try:
        name.encode("idna") if not name.isascii() else None
    except UnicodeError:
        name = ""
    if not name or len(name) > 253 or any(not 0 < len(label) < 64 for label in name.split(".")) or "\0" in name:
        raise ProbeError(Reason.DNS, f"{shown(config.server_name or host)} is not a host name")
    return name


def facts(connection: Any, *, is_verified: bool) -> TlsFacts:
    """Return what the handshake of an ``ssl.SSLObject`` showed."""
    cipher = connection.cipher()
    version = connection.version() or ""
    return TlsFacts(
        version=TEXTS.get(version, version),
        cipher=cipher[0] if cipher else "",
        chain=chain(connection, "get_unverified_chain"),
        verified_chain=chain(connection, "get_verified_chain") if is_verified else (),
        alpn=connection.selected_alpn_protocol() or "",
    )


def chain(connection: Any, method: str) -> tuple[Certificate, ...]:
    """Return the certificates as sent, or as verified.

    Python 3.13 has public methods for both; since 3.10 the object behind has them under the same names.
    """
    if sys.version_info >= (3, 13):
        return tuple(certificate(der) for der in getattr(connection, method)())
    behind = connection._sslobj  # noqa: SLF001 - there is no other way before 3.13
    return tuple(certificate(each.public_bytes(DER)) for each in getattr(behind, method)() or ())
