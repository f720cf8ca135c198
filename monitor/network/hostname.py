"""What counts as a host name."""

import re
from functools import lru_cache

from yarl import URL

from monitor.observation import Reason
from monitor.plugin.errors import ProbeError

NAME = re.compile(r"(?!.{254})[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*\.?", re.ASCII)
NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.ASCII)
"""A last label that is a number: an old spelling of an address, such as ``127.1``, and never a name."""


@lru_cache(maxsize=16_384)
def canonical(host: str) -> str:
    """Return the host in lower case and, if it has other letters than English ones, as IDNA writes it.

    Raises:
        ProbeError: It is no host name (``Reason.DNS``).
    """
    name = host.lower() if host.isascii() else encoded(host)
    if not NAME.fullmatch(name) or NUMBER.fullmatch(name):
        raise ProbeError(Reason.DNS, f"{shown(host)} is not a host name")
    return name


def encoded(host: str) -> str:
    """Return a host with other letters than English ones as IDNA writes it; empty when that cannot be done."""
    try:
        return URL.build(scheme="http", host=host).raw_host or ""
    except ValueError:
        return ""


def shown(text: str, most: int = 80) -> str:
    """Return hostile text as one short printable line, quoted."""
    return ascii(text if len(text) <= most else text[:most] + "…")
