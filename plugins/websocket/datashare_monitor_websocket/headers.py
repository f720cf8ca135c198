"""What a handshake carries beside what the protocol says."""

import re
from collections.abc import Iterator, Mapping

from monitor.plugin import ProbeError, Reason, Secret, Vantage

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)
VALUE = re.compile(r"[\x20-\x7e]{0,4000}", re.ASCII)
ORIGIN = re.compile(r"null|[a-z][a-z0-9+.-]*://[!-.0-9:;A-Z\[\]_a-z~]{1,300}")
OWN = frozenset({"host", "upgrade", "connection", "origin"})
OF_BODIES = frozenset({"content-length", "transfer-encoding", "expect", "te", "trailer"})
"""They announce what a handshake does not have: a server would wait for it."""
USER_AGENT = {"User-Agent": "datashare-monitor"}


def check(headers: Mapping[str, str], secret_headers: Mapping[str, Secret]) -> None:
    """Return if these can be sent.

    Raises:
        ValueError: They cannot.
    """
    names = [*headers, *secret_headers]
    for name in names:
        if not NAME.fullmatch(name) or name.lower() in OWN or name.lower().startswith("sec-websocket-"):
            raise ValueError(f"{name!r} cannot be set as a header; the handshake sets it, or it is no header name")
        if name.lower() in OF_BODIES:
            raise ValueError(f"{name!r} announces a body, which a handshake has not; leave it out")
    if len(set(map(str.lower, names))) < len(names):
        raise ValueError("a header is written twice, in headers and secret_headers or in another case")
    if not all(map(VALUE.fullmatch, headers.values())):
        raise ValueError("a header holds more than printable ASCII; what is secret goes in secret_headers")


def sent(headers: Mapping[str, str], secret_headers: Mapping[str, Secret], vantage: Vantage) -> dict[str, str]:
    """Return what is sent, secrets included.

    Raises:
        ProbeError: A secret cannot be read or sent.
    """
    is_named = "user-agent" in map(str.lower, (*headers, *secret_headers))
    return {**({} if is_named else USER_AGENT), **headers, **dict(_revealed(secret_headers, vantage))}


def _revealed(secret_headers: Mapping[str, Secret], vantage: Vantage) -> Iterator[tuple[str, str]]:
    for name, secret in secret_headers.items():
        value = vantage.reveal(secret)
        if not VALUE.fullmatch(value):
            raise ProbeError(Reason.SECRET, f"the secret for header {name} is not printable ASCII")
        yield name, value
