"""The options of the client that an endpoint of Gatus is asked with."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from monitor.migration.proposal import secret_file
from monitor.migration.quantity import length_of
from monitor.migration.secrecy import url

TIMEOUT = timedelta(seconds=10)
"""Gatus's default."""


def client_of(
    client: Mapping[str, Any], label: str, kind: str, settings: dict[str, Any], remarks: list[str]
) -> timedelta | None:
    """Take up the options of the client; return its timeout."""
    tls: dict[str, Any] = {}
    for key, value in client.items():
        if key == "insecure":
            tls |= {"insecure_skip_verify": True} if value is True else {}
        elif key == "tls" and isinstance(value, Mapping):
            files = {"certificate-file": "cert_file", "private-key-file": "key_file"}
            tls |= {mine: value[theirs] for theirs, mine in files.items() if value.get(theirs)}
        elif key == "ignore-redirect":
            settings |= {"follow_redirects": False} if value is True else {}
        elif key == "proxy-url":
            _proxy(str(value), label, settings, remarks)
        elif key == "oauth2" and isinstance(value, Mapping):
            _oauth2(value, label, settings, remarks)
        elif key != "timeout":
            remarks.append(f"not carried over: client.{key}")
    if tls and (kind in {"http", "tls", "websocket"} or "tls" in settings):
        settings["tls_config"] = tls
    return length_of(client.get("timeout")) or TIMEOUT


def _proxy(value: str, label: str, settings: dict[str, Any], remarks: list[str]) -> None:
    settings["proxy_url"], made, more = url(f"{label} proxy", value)
    remarks += more
    if "basic_auth" in made:
        settings["proxy_basic_auth"] = made["basic_auth"]


def _oauth2(value: Mapping[str, Any], label: str, settings: dict[str, Any], remarks: list[str]) -> None:
    reference = secret_file(label, "client secret")
    settings["oauth2"] = {
        "token_url": value.get("token-url", ""),
        "client_id": value.get("client-id", ""),
        "client_secret": reference,
        "scopes": value.get("scopes") or [],
    }
    remarks.append(f"put the client secret into {reference['file']}")
