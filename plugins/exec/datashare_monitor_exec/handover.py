"""Secrets for a program: each in a file that exists in memory only, and whose path is written where it is wanted.

Arguments can be read by every user of the machine, and the environment is handed on to whatever the program starts.
The file has no name in any folder, only its owner may read it, nobody can change it, and it is gone with the run.
"""

import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

PLACE = re.compile(r"\{secret:([^}]*)\}")
SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
SHORTEST = 4
"""Characters: something shorter is no secret, and hiding it would tear the output to pieces."""


@dataclass(frozen=True, slots=True)
class Handover:
    """The secrets of one run.

    Attributes:
        texts: By name.
        files: Descriptors, by name.
    """

    texts: Mapping[str, str]
    files: Mapping[str, int]

    def filled(self, text: str) -> str:
        """Return a text with the path of a file in each place of a secret."""
        return PLACE.sub(lambda found: f"/proc/self/fd/{self.files[found[1]]}", text)

    def veiled(self, text: str) -> str:
        """Return what a program wrote with every secret in it, whole or a line of it, blotted out."""
        for secret in self.texts.values():
            for part in sorted({secret, *secret.splitlines()}, key=len, reverse=True):
                if len(part) >= SHORTEST:
                    text = text.replace(part, "***")
        return text


@contextmanager
def handover(texts: Mapping[str, str]) -> Iterator[Handover]:
    """Lay out secrets for a program, which keeps its files when the block closes ours."""
    files: dict[str, int] = {}
    try:
        for name, text in texts.items():
            files[name] = _file(text.encode())
        yield Handover(texts, files)
    finally:
        for number in files.values():
            with suppress(OSError):
                os.close(number)


def _file(content: bytes) -> int:
    number = os.memfd_create("secret", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.fchmod(number, 0o400)
    os.write(number, content)
    fcntl.fcntl(number, fcntl.F_ADD_SEALS, SEALS)
    return number
