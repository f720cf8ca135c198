"""Reading secrets where configuration says they are."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path

from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.secret import Secret

MOST_BYTES = 64 * 1024
CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Where systemd puts what ``LoadCredential=`` names."""

Stamp = tuple[int, int, int]


class SecretStore:
    """The secrets read so far; a file is read again once it has changed."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[Stamp, str]] = {}

    def reveal(self, secret: Secret) -> str:
        """Return the text of a secret, without the line end that editors put behind it.

        Raises:
            ProbeError: It cannot be read (``Reason.SECRET``); the message names the place and never the content.
        """
        if secret.env is not None:
            text = os.environ.get(secret.env)
            if not text:
                raise ProbeError(Reason.SECRET, f"the environment variable {secret.env} is not set")
            return text
        if secret.file is not None:
            return self._file(secret.file)
        directory = os.environ.get(CREDENTIALS)
        if not directory:
            raise ProbeError(Reason.SECRET, f"no credential {secret.credential}: {CREDENTIALS} is not set")
        name = secret.credential or ""
        if "/" in name or name in ("", ".", ".."):
            raise ProbeError(Reason.SECRET, f"{name!r} is not the name of a credential")
        return self._file(str(Path(directory, name)))

    def _file(self, path: str) -> str:
        try:
            stamp = stamp_of(Path(path))
            found = self._read.get(path)
            if found is not None and found[0] == stamp:
                return found[1]
            text = Path(path).read_bytes().decode()
        except OSError as error:
            raise ProbeError(Reason.SECRET, f"the secret in {path} cannot be read: {error.strerror}") from None
        except ValueError:
            raise ProbeError(Reason.SECRET, f"the secret in {path} is not UTF-8 text") from None
        text = text.removesuffix("\n").removesuffix("\r")
        if not text:
            raise ProbeError(Reason.SECRET, f"the secret in {path} is empty")
        self._read[path] = (stamp, text)
        return text


def stamp_of(path: Path) -> Stamp:
    """Return what differs once the file has changed.

    Raises:
        OSError: It is not there.
        ProbeError: It is no ordinary file, or too big: reading it could take for ever.
    """
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise ProbeError(Reason.SECRET, f"the secret in {path} cannot be read: not an ordinary file")
    if facts.st_size > MOST_BYTES:
        raise ProbeError(Reason.SECRET, f"the secret in {path} is over {MOST_BYTES} bytes")
    return facts.st_mtime_ns, facts.st_size, facts.st_ino


def secrets_in(value: object) -> Iterator[Secret]:
    """Yield the secrets that a configured probe refers to, however deep."""
    if isinstance(value, Secret):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from secrets_in(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from secrets_in(each)
    elif isinstance(value, (tuple, list, set, frozenset)):
        for each in value:
            yield from secrets_in(each)
