"""The certificate of a server, its key and the authorities of its clients: read from files, and checked."""

import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from monitor.config.place import Node, Problems
from monitor.config.webconfig.grammar import TlsServerShape
from monitor.plugin.quantities import shown

MOST_BYTES = 1024 * 1024
BEGIN = b"-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """PEM texts that fit together.

    Attributes:
        client_ca: Empty when no client is verified.
        ends: When the first certificate of the chain does, UTC.
    """

    chain: bytes
    key: bytes = field(repr=False)
    ends: datetime
    client_ca: bytes = b""


class _UnfitError(Exception):
    """A text cannot be used; the message says why and never repeats it."""


def certificates(shape: TlsServerShape, node: Node, folder: Path, problems: Problems) -> Certificates | None:
    """Return what the files and texts hold, or note why they cannot be used.

    Args:
        shape: Of the section.
        node: Where it stands.
        folder: That the paths of files start from.
        problems: Takes up what is found.
    """
    wrong = Problems()
    chain, key = (_required(shape, name, node, folder, wrong) for name in ("cert", "key"))
    client_ca = _text(shape, "client_ca", node, folder, wrong)
    leaf = _certificates(chain, _place(node, "cert"), wrong) if chain else ()
    private = _key(key, _place(node, "key"), wrong) if key else None
    if client_ca:
        _certificates(client_ca, _place(node, "client_ca"), wrong, is_dated=False)
    if leaf and private is not None and leaf[0].public_key() != private.public_key():
        wrong.add(_place(node, "key"), "this key does not belong to the certificate; write the one it was made with")
    problems.found += wrong.found
    if wrong.has_errors or not leaf or chain is None or key is None:
        return None
    return Certificates(chain=chain, key=key, client_ca=client_ca or b"", ends=leaf[0].not_valid_after_utc)


def named_files(shape: TlsServerShape, folder: Path) -> tuple[Path, ...]:
    """Return the files that a section names."""
    return tuple(folder / path for path in (shape.cert_file, shape.key_file, shape.client_ca_file) if path)


def _place(node: Node, name: str) -> Node:
    return node.find(name if name in node.value else f"{name}_file")


def _required(shape: TlsServerShape, name: str, node: Node, folder: Path, problems: Problems) -> bytes | None:
    found = _text(shape, name, node, folder, problems)
    if found is None and not node.value.get(name) and not node.value.get(f"{name}_file"):
        problems.add_missing(node, f"{name}_file", f'the key "{name}_file" is missing; without it there is no TLS')
    return found


def _text(shape: TlsServerShape, name: str, node: Node, folder: Path, problems: Problems) -> bytes | None:
    """Return the text under a key, or in the file under the same key with ``_file``; None when there is none."""
    written, path = getattr(shape, name), getattr(shape, f"{name}_file")
    if written and path:
        problems.add(node.find(name), f"write {name} or {name}_file, one of them", at_key=True)
        return None
    if not path:
        return written.encode() if written else None
    try:
        return content(folder / path)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        where = "" if Path(path).is_absolute() else "; the path starts in the folder of this file"
        problems.add(node.find(f"{name}_file"), f"{shown(path)} cannot be read: {why}{where}")
    return None


def content(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no ordinary file, too large, or its path makes no sense.
    """
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise ValueError("it is not an ordinary file")
    with path.open("rb") as file:
        found = file.read(MOST_BYTES + 1)
    if len(found) > MOST_BYTES:
        raise ValueError("it is larger than 1 MiB")
    if not found.strip():
        raise ValueError("it is empty")
    return found


def _certificates(text: bytes, place: Node, problems: Problems, *, is_dated: bool = True) -> Sequence[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(text)
    except ValueError:
        problems.add(place, "there is no certificate in it; write PEM, which begins with -----BEGIN CERTIFICATE-----")
        return ()
    if len(found) < (begun := text.count(BEGIN)):
        message = f"only {len(found)} of {begun} certificates in it are whole; write it anew, as it may be half written"
        problems.add(place, message)
    now, first = datetime.now(UTC), found[0]
    if is_dated and first.not_valid_after_utc < now:
        ended = f"{first.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
        problems.add(place, f"the certificate ended on {ended}; clients will refuse it", is_error=False)
    elif is_dated and first.not_valid_before_utc > now:
        begins = f"{first.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        message = f"the certificate is valid from {begins} on; clients will refuse it until then"
        problems.add(place, message, is_error=False)
    return found


def _key(text: bytes, place: Node, problems: Problems) -> PrivateKeyTypes | None:
    try:
        return serialization.load_pem_private_key(text, None)
    except TypeError:
        problems.add(place, "the key is encrypted, and nobody is there to type its password; decrypt it: openssl pkey")
    except ValueError:
        problems.add(place, "there is no private key in it; write PEM, which begins with -----BEGIN PRIVATE KEY-----")
    return None
