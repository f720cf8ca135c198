"""What may be probed on request: networks, and hosts by name."""

import re
from typing import Annotated

from monitor.config.documents.shape import read_network
from monitor.plugin.fields import Scalar
from monitor.plugin.quantities import shown
from monitor.settings import Allow, Network

HOST = re.compile(r"(\*\.)?(?!.{254})[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*", re.ASCII)
ADDRESS_LIKE = re.compile(r"[0-9./]+|.*[:/].*", re.ASCII)


def read_allowed(value: object) -> Network | str:
    """Return a network, or the pattern of a host name.

    Raises:
        ValueError: It is neither.
    """
    if isinstance(value, str) and ADDRESS_LIKE.fullmatch(value):
        return read_network(value)
    if value == "*":
        raise ValueError('"*" is no host; to allow everything, write 0.0.0.0/0 and ::/0')
    name = value.lower().rstrip(".") if isinstance(value, str) else ""
    if not HOST.fullmatch(name):
        raise ValueError(
            f"{shown(value)} is not a network and not a host; write 10.0.0.0/8, a name, or *.hanoi.example"
        )
    return name


def allow_of(entries: list[Network | str]) -> Allow:
    """Return the entries apart."""
    return Allow(
        networks=tuple(entry for entry in entries if not isinstance(entry, str)),
        hosts=tuple(entry for entry in entries if isinstance(entry, str)),
    )


Allowed = Annotated[
    Network | str, Scalar(read_allowed, {"type": "string", "examples": ["10.0.0.0/8", "*.hanoi.example"]})
]
