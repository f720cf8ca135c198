"""Keeps what may be a secret out of the file: references stand in its place, and remarks say what to put there."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from monitor.migration.proposal import secret_file

SENSITIVE = re.compile(
    r"auth|cookie|token|secret|passw|pwd|api[-_]?key|access[-_]?key|app[-_]?key|x-key|credential|session|signature|dstcode",
    re.IGNORECASE,
)
"""Names of things that are secret more often than not."""


def headers(name: str, given: object) -> tuple[dict[str, Any], list[str]]:
    """Return the settings that send these headers, and remarks on those that are secret.

    Args:
        name: What the check is called; its secrets' files are named after it.
        given: A mapping of names to values.
    """
    plain: dict[str, str] = {}
    settings: dict[str, Any] = {}
    remarks = []
    for key, value in given.items() if isinstance(given, Mapping) else ():
        header, text = str(key), "" if value is None else str(value)
        if not SENSITIVE.search(header):
            plain[header] = text
            continue
        scheme, space, _ = text.partition(" ")
        reference = secret_file(name, header)
        if header.lower() == "authorization" and space and scheme.isalnum():
            settings["authorization"] = {"type": scheme, "credentials": reference}
            remarks.append(f"put what follows {scheme} in the header Authorization into {reference['file']}")
        else:
            settings.setdefault("http_headers", {})[header] = {"secrets": [reference]}
            remarks.append(f"put the value of the header {header} into {reference['file']}")
    return ({"headers": plain} if plain else {}) | settings, remarks


def basic_auth(name: str, user: object, *, has_password: bool = True) -> tuple[dict[str, Any], list[str]]:
    """Return the settings for a user whose password is to be put into a file."""
    reference = secret_file(name, "password")
    remark = f"put the password of {user} into {reference['file']}"
    settings = {"basic_auth": {"username": str(user), "password": reference}}
    return settings, [remark] if has_password else [f"{remark}; it was empty"]


def url(name: str, given: str) -> tuple[str, dict[str, Any], list[str]]:
    """Return a URL without user, password and secret parameters, the settings that replace them, and remarks."""
    split = urlsplit(given)
    settings: dict[str, Any] = {}
    remarks: list[str] = []
    netloc = split.netloc
    if "@" in netloc:
        user, _, netloc = netloc.rpartition("@")
        settings, remarks = basic_auth(name, user.partition(":")[0])
    pairs = parse_qsl(split.query, keep_blank_values=True)
    hidden = [key for key, _ in pairs if SENSITIVE.search(key)]
    query = split.query
    if hidden:
        query = urlencode([pair for pair in pairs if pair[0] not in hidden], quote_via=quote)
        named = ", ".join(dict.fromkeys(hidden))
        remarks.append(f"the URL had what may be a secret ({named}), which was left out: send it in a header instead")
    return urlunsplit(split._replace(netloc=netloc, query=query)), settings, remarks


def body(name: str, given: str) -> tuple[dict[str, Any], list[str]]:
    """Return the settings that send this body."""
    if not given:
        return {}, []
    if SENSITIVE.search(given):
        file = secret_file(name, "body")["file"]
        return {"body_file": file}, [f"the body may hold a secret and was left out: put it into {file}"]
    return {"body": given}, []
