"""Certificates in files: PEM, DER and PKCS #12; read in a thread, and never more than a bit."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificates

from datashare_monitor_tls.findings import Finding, bad, ours
from monitor.plugin import Certificate, Reason
from monitor.plugin.x509 import certificate

MOST_FILES = 100
MOST_BYTES = 1024 * 1024
MOST_CERTIFICATES = 500
PEM = b"-----BEGIN"


class LockedError(Exception):
    """A bundle that the password does not open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a file holds: certificates, or a finding that says why none."""

    path: str
    certificates: tuple[Certificate, ...] = ()
    finding: Finding | None = None


def found_in(pattern: str, password: str | None) -> list[Found]:
    """Return what the files that match a pattern hold, in the order of their names."""
    paths = [str(path) for path in islice(Path("/").glob(pattern.lstrip("/")), MOST_FILES + 1)]
    if not paths:
        return [Found(path=pattern, finding=ours(f"no file matches {pattern}"))]
    if len(paths) > MOST_FILES:
        return [Found(path=pattern, finding=ours(f"more than {MOST_FILES} files match {pattern}: make it narrower"))]
    return [found(path, password) for path in sorted(paths)]


def found(path: str, password: str | None) -> Found:
    """Return what one file holds."""
    try:
        data = read(path, MOST_BYTES)
    except OSError as error:
        return Found(path=path, finding=ours(f"{path} cannot be read: {error.strerror}"))
    try:
        ders = tuple(islice(certificates_in(data, password), MOST_CERTIFICATES))
    except LockedError:
        words = "does not fit" if password else "is missing"
        return Found(path=path, finding=ours(f"{path} is no PEM or DER, and as PKCS #12 its password {words}"))
    except (ValueError, UnsupportedAlgorithm):
        return Found(path=path, finding=bad(Reason.CONTENT, f"{path} holds certificates that cannot be read"))
    if not ders:
        return Found(path=path, finding=bad(Reason.CONTENT, f"{path} holds no certificate"))
    return Found(path=path, certificates=tuple(certificate(der) for der in ders))


def certificates_in(data: bytes, password: str | None) -> Iterator[bytes]:
    """Yield the certificates in the content of a file, in DER.

    Raises:
        LockedError: It is PKCS #12, or nothing that is known, and the password does not open it.
        ValueError: It cannot be read.
    """
    if PEM in data:
        if b"-----BEGIN CERTIFICATE-----" in data:
            yield from (one.public_bytes(Encoding.DER) for one in load_pem_x509_certificates(data))
        return
    try:
        yield load_der_x509_certificate(data).public_bytes(Encoding.DER)
    except ValueError:
        yield from bundled(data, password)


def bundled(data: bytes, password: str | None) -> Iterator[bytes]:
    """Yield the certificates of a PKCS #12 bundle, that of its key first.

    Raises:
        LockedError: The password does not open it.
    """
    try:
        bundle = load_pkcs12(data, password.encode() if password else None)
    except ValueError as error:
        raise LockedError from error
    for one in (bundle.cert, *bundle.additional_certs):
        if one is not None:
            yield one.certificate.public_bytes(Encoding.DER)


def read(path: str, most: int) -> bytes:
    """Return the content of an ordinary file.

    Raises:
        OSError: It is not there, may not be read, is larger than ``most`` bytes, or is no ordinary file, which reading
            could take for ever.
    """
    facts = Path(path).stat()
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(0, "it is not an ordinary file")
    with Path(path).open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(0, f"it is over {most} bytes")
    return data
