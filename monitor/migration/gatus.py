"""Checks from the endpoints of Gatus."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor.migration.conditions import Conditions, read
from monitor.migration.fitting import all_text
from monitor.migration.foreign import Foreign, ForeignError, mapping_with, yaml_file
from monitor.migration.gatus_client import client_of
from monitor.migration.proposal import LeftOut, Proposal, certificate_of, secret_file
from monitor.migration.quantity import length_of
from monitor.migration.secrecy import SENSITIVE, body, headers, url
from monitor.plugin.quantities import written_duration

EVERY = timedelta(minutes=1)
REPORTS_EVERY = timedelta(days=1)
"""Gatus's default, and how often something reports in that does not say."""
DEGRADED_BEFORE_DAYS = 14
KINDS = {
    "http": "http", "https": "http", "tcp": "tcp", "tls": "tls", "icmp": "icmp", "ws": "websocket", "wss": "websocket",
    "grpc": "grpc", "grpcs": "grpc", "udp": "udp", "starttls": "tls",
}  # fmt: skip
WHOLE = frozenset({"http", "websocket"})
"""Kinds whose target is the URL itself."""
KNOWN = frozenset(
    {
        "name", "group", "url", "method", "headers", "body", "interval", "conditions", "dns", "client", "enabled", "ui",
        "graphql",
    }
)  # fmt: skip
NONE_HERE = "there is nothing of the kind here"
ELSEWHERE = {
    "maintenance": "write the window under maintenance of each system that it is for",
    "alerting": "alerts belong into Alertmanager; see datashare-monitor alertmanager",
    "remote": "import the configuration of the other instances by itself",
    "suites": NONE_HERE,
    "tunneling": NONE_HERE,
    "connectivity": NONE_HERE,
}
"""What else a configuration may say of what is looked at, and when."""
ENVIRONMENT = re.compile(r"\$\{?[A-Za-z_][A-Za-z0-9_]*\}?")


def endpoints_of(path: Path) -> Foreign:
    """Return the configuration of Gatus.

    Raises:
        ForeignError: It cannot be read, or is something else.
    """
    found = mapping_with("endpoints", yaml_file(path), path)
    if not isinstance(found["endpoints"], list):
        raise ForeignError(f"{path}\n  endpoints is no list")
    return found


def proposals(config: Foreign) -> Iterator[Proposal | LeftOut]:
    """Yield a check for each endpoint, and one more for a certificate whose end it watches over."""
    for number, endpoint in enumerate(config["endpoints"], 1):
        if not isinstance(endpoint, Mapping):
            yield LeftOut(f"endpoint {number}", "it is no mapping")
            continue
        name = str(endpoint.get("name") or f"endpoint {number}")
        try:
            yield from _of_endpoint(endpoint, name)
        except ValueError:
            yield LeftOut(name, "its URL cannot be read")
    reporting = config.get("external-endpoints")
    for one in reporting if isinstance(reporting, list) else ():
        if isinstance(one, Mapping):
            yield _reporting(one)
    for key, why in ELSEWHERE.items():
        if config.get(key):
            yield LeftOut(key, why)


def _of_endpoint(endpoint: Mapping[str, Any], name: str) -> Iterator[Proposal | LeftOut]:
    target = str(endpoint.get("url", ""))
    kind = "dns" if endpoint.get("dns") else KINDS.get(target.partition("://")[0], "")
    group = str(endpoint.get("group") or "")
    label = f"{group}/{name}" if group else name
    if endpoint.get("enabled") is False:
        yield LeftOut(label, "it is switched off (enabled: false)")
        return
    if not kind:
        yield LeftOut(label, f"no probe kind is known for {target.partition('://')[0][:20]}://")
        return
    conditions = read(endpoint.get("conditions"), kind)
    proposal = _proposal(endpoint, kind, target, f"{group} {name}".strip(), conditions)
    proposal = replace(proposal, name=name, system=group or proposal.system)
    if kind == "tls" and conditions.min_days is not None:
        yield replace(proposal, settings={**proposal.settings, "min_days": conditions.min_days})
        return
    yield proposal
    if conditions.min_days is not None:
        days = conditions.min_days
        yield certificate_of(proposal, target, min_days=days, degraded_days=days + DEGRADED_BEFORE_DAYS)


def _proposal(endpoint: Mapping[str, Any], kind: str, target: str, label: str, conditions: Conditions) -> Proposal:
    clean, settings, remarks = url(label, target)
    settings = {"target": _target(clean, kind), **settings, **conditions.settings}
    remarks += conditions.remarks
    if kind == "http":
        _request(endpoint, label, settings, remarks)
    elif endpoint.get("body"):
        _said(str(endpoint["body"]), kind, settings, remarks)
    if kind == "grpc" and target.startswith("grpcs:"):
        settings["tls"] = True
    if kind == "icmp" and "down_over" in settings:
        settings["max_rtt"] = settings.pop("down_over")
    if kind == "dns":
        asked = endpoint["dns"] if isinstance(endpoint["dns"], Mapping) else {}
        settings |= {"query_name": asked.get("query-name", ""), "query_type": asked.get("query-type", "A")}
        _transport(target, settings, remarks)
    if target.startswith("starttls:"):  # Gatus speaks nothing but SMTP here
        settings["starttls"] = "smtp"
    client = endpoint.get("client")
    timeout = client_of(client if isinstance(client, Mapping) else {}, label, kind, settings, remarks)
    if variables := dict.fromkeys(ENVIRONMENT.findall(all_text([target, settings]))):
        named = ", ".join(variables)
        remarks.append(f"{named}: environment variables of Gatus, which are text here; write what they stand for")
    for key in endpoint:
        if key not in KNOWN:
            hint = ", which belong into Alertmanager" if key == "alerts" else ""
            remarks.append(f"not carried over: {key}{hint}")
    return Proposal(
        system=urlsplit(clean).hostname or clean,
        name="",
        kind=kind,
        settings=settings,
        every=length_of(endpoint.get("interval")) or EVERY,
        timeout=timeout,
        remarks=tuple(remarks),
    )


def _transport(target: str, settings: dict[str, Any], remarks: list[str]) -> None:
    """Take up how a name server is asked, if its address says so; in Gatus's own examples it never does."""
    scheme, separator, _ = target.partition("://")
    if not separator or scheme in {"dns", "udp"}:
        return
    if scheme == "tls":
        settings |= {"transport_protocol": "tcp", "dns_over_tls": True}
        remarks.append("asked over TLS, because its address begins with tls://; look whether that is what Gatus did")
    elif scheme == "tcp":
        settings["transport_protocol"] = "tcp"
        remarks.append("asked over TCP, because its address begins with tcp://; look whether that is what Gatus did")
    else:
        remarks.append(f"not carried over: {scheme[:20]}://; the name server is asked over UDP")


def _target(clean: str, kind: str) -> str:
    if kind in WHOLE:
        return clean
    split = urlsplit(clean)
    return split.netloc or split.path


def _request(endpoint: Mapping[str, Any], label: str, settings: dict[str, Any], remarks: list[str]) -> None:
    if endpoint.get("method", "GET") != "GET":
        settings["method"] = endpoint["method"]
    for made, more in (headers(label, endpoint.get("headers")), body(label, str(endpoint.get("body") or ""))):
        settings |= made
        remarks += more
    if endpoint.get("graphql"):
        remarks.append('not carried over: graphql; write the body as {"query": …} with the header Content-Type')


def _said(text: str, kind: str, settings: dict[str, Any], remarks: list[str]) -> None:
    """Take up what is sent to a server that is not asked over HTTP."""
    if SENSITIVE.search(text):
        remarks.append("not carried over: body, which may hold a secret")
    elif kind == "websocket":
        settings["query_response"] = [{"send": text}, *settings.get("query_response", ())]
    elif kind == "udp":
        settings["send"] = text
    else:
        remarks.append("not carried over: body")


def _reporting(one: Mapping[str, Any]) -> Proposal:
    """Return the check of an endpoint that reports in by itself."""
    name, group = str(one.get("name", "")), str(one.get("group") or "")
    reference = secret_file(group, name, "token")
    heartbeat = one.get("heartbeat")
    given = length_of(heartbeat.get("interval")) if isinstance(heartbeat, Mapping) else None
    unknown = () if given else ("how often it reports is not known: write the interval",)
    return Proposal(
        system=group or name,
        name=name,
        kind="heartbeat",
        settings={"token": reference, "interval": written_duration(given or REPORTS_EVERY)},
        every=EVERY,
        remarks=(f"put its token into {reference['file']}, and change the address that it reports to", *unknown),
    )
