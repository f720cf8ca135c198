"""What another tool's configuration comes to: checks as proposed, and what is left behind."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from monitor.plugin.quantities import written_duration

MOST_LETTERS = 63
CERTIFICATE_EVERY = timedelta(hours=1)
HTTPS = 443
SECRETS = "/run/secrets/datashare-monitor"
"""Where a file names the secrets that the other tool had in its configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One check as it should become.

    Attributes:
        system: Name of the system it belongs to; proposals of one name share a system.
        settings: What stands under ``with``.
        down: How many failing runs in a row confirm that it is down; None for the default.
        remarks: What could not be carried over, and what is still to be done, a sentence each.
    """

    system: str
    name: str
    kind: str
    settings: Mapping[str, Any]
    every: timedelta
    timeout: timedelta | None = None
    recheck: timedelta | None = None
    down: int | None = None
    remarks: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What it is called where it is listed."""
        return f"{self.name} ({self.system})" if self.system != self.name else self.name

    @property
    def beat(self) -> dict[str, Any]:
        """The settings beside ``with``, as a file has them; a timeout cannot be longer than the beat."""
        beat: dict[str, Any] = {"every": written_duration(self.every)}
        for key, length in (("timeout", self.timeout), ("recheck", self.recheck)):
            if length is not None and length > timedelta(0):
                beat[key] = written_duration(min(length, self.every))
        return beat | ({"confirm": {"down": min(self.down, 100)}} if self.down else {})


def certificate_of(proposal: Proposal, url: str, **settings: Any) -> Proposal:
    """Return the check of the certificate that the target of another check shows, which has this URL."""
    split = urlsplit(url)
    host = f"[{split.hostname}]" if ":" in (split.hostname or "") else split.hostname
    tls = proposal.settings.get("tls_config")
    target: dict[str, Any] = {"target": f"{host}:{split.port or HTTPS}", **settings}
    return Proposal(
        system=proposal.system,
        name=f"{proposal.name} certificate",
        kind="tls",
        settings=target | ({"tls_config": tls} if tls else {}),
        every=max(proposal.every, CERTIFICATE_EVERY),
        timeout=proposal.timeout,
    )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that has no place here at all, and why."""

    name: str
    why: str


@dataclass(slots=True)
class Names:
    """Ids that are taken."""

    taken: set[str] = field(default_factory=set)

    def free(self, name: str, otherwise: str) -> str:
        """Return an id made of a name, and take it; a number tells it from an equal one."""
        stem = id_of(name) or otherwise
        found, number = stem, 1
        while found in self.taken:
            number += 1
            found = f"{stem[: MOST_LETTERS - len(str(number)) - 1]}-{number}"
        self.taken.add(found)
        return found


def id_of(name: str) -> str:
    """Return a name as an id: lower-case ASCII letters, digits and hyphens; empty when nothing is left of it."""
    plain = unicodedata.normalize("NFKD", name.lower().replace("đ", "d"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MOST_LETTERS].rstrip("-")


def secret_file(*names: str) -> dict[str, str]:
    """Return the reference to a secret that has to be put into a file, whose name tells what it is."""
    return {"file": f"{SECRETS}/{'-'.join(part for name in names if (part := id_of(name)))}"}
