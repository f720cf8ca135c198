"""A module as it may be shown: as it was written, secrets left out."""

import re
from typing import Any

import yaml

HIDDEN = "<secret>"
SECRET_KEYS = frozenset(
    {
        "password", "bearer_token", "credentials", "client_secret", "client_certificate_key", "key", "secrets",
        "proxy_connect_header", "endpoint_params",
    }
)  # fmt: skip
HEADERS = frozenset({"headers", "http_headers", "metadata"})
HARMLESS = frozenset(
    {
        "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "content-type",
        "dnt", "host", "if-modified-since", "if-none-match", "origin", "pragma", "range", "referer", "user-agent",
    }
)  # fmt: skip
"""Headers whose values are shown; under any other name there may be a secret."""
SENT = frozenset({"send", "body"})
SECRET_TEXT = re.compile(r"auth|token|key|secret|pass|login|session", re.IGNORECASE)
CREDENTIALS = re.compile(r"(?<=://)\S*@")
"""Up to the last sign of its kind: a password may hold it, too."""
QUERY = re.compile(r"(://[^\s?]*\?)[^\s#]+")


def masked(value: Any, key: str = "", holder: str = "") -> Any:
    """Return a value of a module file without its secrets."""
    if key in SECRET_KEYS or (holder in HEADERS and key.lower() not in HARMLESS):
        return HIDDEN if value else value
    if key in SENT and isinstance(value, str) and SECRET_TEXT.search(value):
        return HIDDEN
    if isinstance(value, dict):
        return {name: masked(one, name, key) for name, one in value.items()}
    if isinstance(value, list):
        return [masked(one, "", key) for one in value]
    if not isinstance(value, str):
        return value
    return QUERY.sub(rf"\1{HIDDEN}", CREDENTIALS.sub(f"{HIDDEN}@", value))


def as_yaml(value: Any) -> str:
    """Return a value as YAML."""
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=False, width=4096)
    return text
