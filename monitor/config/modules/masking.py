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
SECRET_HEADERS = re.compile(r"auth|token|key|secret|cookie|password|session", re.IGNORECASE)
HEADERS = frozenset({"headers", "http_headers", "metadata"})
SENT = frozenset({"send", "body"})
SECRET_TEXT = re.compile(r"auth|token|key|secret|pass|login|session", re.IGNORECASE)
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def masked(value: Any, key: str = "", holder: str = "") -> Any:
    """Return a value of a module file without its secrets."""
    if key in SECRET_KEYS or (holder in HEADERS and SECRET_HEADERS.search(key)):
        return HIDDEN if value else value
    if key in SENT and isinstance(value, str) and SECRET_TEXT.search(value):
        return HIDDEN
    if isinstance(value, dict):
        return {name: masked(one, name, key) for name, one in value.items()}
    if isinstance(value, list):
        return [masked(one, "", key) for one in value]
    return CREDENTIALS.sub(f"{HIDDEN}@", value) if isinstance(value, str) else value


def as_yaml(value: Any) -> str:
    """Return a value as YAML."""
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, default_flow_style=False, width=4096)
    return text
