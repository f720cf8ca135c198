"""What is particular to a prober: options under another name, and defaults that differ from those of our kinds."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from monitor.config.place import Node, Problems

KINDS = {"http": "http", "tcp": "tcp", "dns": "dns", "icmp": "icmp", "grpc": "grpc"}
"""The probe kind behind each prober."""
REFUSED = {
    "unix": "whoever asks /probe may choose no socket of this machine; write a check of the kind tcp with the target "
    "unix:/path, and take the module out",
}
"""Probers that are not to be had here, and why."""
LONGEST_BODY = 16 * 1024 * 1024
"""Bytes of a body when the module sets no limit, or 0: what nobody limits, an answer could fill the memory with."""
GRANT = "client_credentials"
"""The only way to a token that there is, and so not to be asked for."""
VERSIONS = {"HTTP/2": "HTTP/2.0"}
"""Its example writes a version in a way that no answer has."""
TOKENS = {"bearer_token": "credentials", "bearer_token_file": "credentials_file"}

Section = dict[str, Any]


def adapted(prober: str, section: Section, node: Node, problems: Problems) -> Section:
    """Return the section of a prober with our names and blackbox_exporter's defaults."""
    change = CHANGES.get(prober)
    return section if change is None else change(section, node, problems)


def _http(section: Section, node: Node, problems: Problems) -> Section:
    made = {**section, "body_size_limit": section.get("body_size_limit") or LONGEST_BODY}
    if "no_follow_redirects" in made:
        made["follow_redirects"] = not made.pop("no_follow_redirects")
    made |= _proxy(made.get("proxy_url", ""))
    if "basic_auth" in made and not {"password", "password_file"} & made["basic_auth"].keys():
        made["basic_auth"] = {**made["basic_auth"], "password": ""}
    if isinstance(made.get("oauth2"), dict):
        made["oauth2"] = _oauth2(made["oauth2"])
    if "valid_http_versions" in made:
        made["valid_http_versions"] = [VERSIONS.get(one, one) for one in made["valid_http_versions"]]
    for key, name in TOKENS.items():
        token = made.pop(key, "")
        if token and made.get("authorization"):
            problems.add(node.find(key), f"{key} is another word for authorization; write it once", at_key=True)
        elif token:
            made["authorization"] = {name: token}
    return made


def _oauth2(section: Section) -> Section:
    made = {key: value for key, value in section.items() if key != "grant_type" or value != GRANT}
    return made | _proxy(made.get("proxy_url", ""))


def _proxy(url: str) -> Section:
    """Return the options that say the same of a proxy without credentials in its URL; none when it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return {}
    if "@" not in parts.netloc:
        return {}
    place = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    credentials = {"username": unquote(parts.username or ""), "password": unquote(parts.password or "")}
    return {"proxy_url": place, "proxy_basic_auth": credentials}


def _dns(section: Section, node: Node, problems: Problems) -> Section:  # noqa: ARG001
    return {**section, "query_type": section.get("query_type") or "ANY"}


CHANGES: Mapping[str, Callable[[Section, Node, Problems], Section]] = {"http": _http, "dns": _dns}
