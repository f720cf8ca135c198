"""What each type of monitor of Uptime Kuma becomes."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from monitor.migration.expression import literal
from monitor.migration.proposal import secret_file
from monitor.migration.quantity import length_of
from monitor.migration.secrecy import basic_auth, body, headers, url
from monitor.plugin.quantities import written_duration

ALL_GOOD = ["200-299"]
PING_BYTES = 56
CONTENT_TYPES = {
    "json": "application/json",
    "xml": "text/xml; charset=utf-8",
    "form": "application/x-www-form-urlencoded",
}
"""By the encoding of a body; without any it is JSON."""
PATH = re.compile(r"[A-Za-z_]\w*(\[\d+\])*(\.[A-Za-z_]\w*(\[\d+\])*)*", re.ASCII)
"""What JSONata and JMESPath both understand, and in the same way."""
ORDERS = {">": "more_than", ">=": "at_least", "<": "less_than", "<=": "at_most"}
NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)

Made = tuple[str, dict[str, Any], list[str]]
"""A kind, its settings and remarks."""


@dataclass(frozen=True, slots=True)
class Monitor:
    """One monitor of the backup."""

    facts: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.facts.get("name") or f"monitor {self.facts.get('id', '')}")

    def text(self, key: str) -> str:
        """Return a text; empty when there is none."""
        value = self.facts.get(key)
        return "" if value is None else str(value)

    def says(self, key: str, *, default: bool = False) -> bool:
        """Tell whether something is on; SQLite has 0 and 1 for it. What says nothing of it has the default."""
        value = self.facts.get(key)
        return default if value is None else str(value).lower() in {"true", "1"}


def _web(one: Monitor) -> Made:
    target, settings, remarks = url(one.name, one.text("url"))
    settings = {"target": target, **settings}
    if (method := one.text("method") or "GET") != "GET":
        settings["method"] = method
    for made, more in (headers(one.name, _headers(one, remarks)), body(one.name, one.text("body")), _credentials(one)):
        settings |= made
        remarks += more
    codes = one.facts.get("accepted_statuscodes")
    if isinstance(codes, list) and codes and codes != ALL_GOOD:
        settings["valid_status_codes"] = [int(code) if str(code).isdecimal() else str(code) for code in codes]
    if one.says("ignoreTls"):
        settings["tls_config"] = {"insecure_skip_verify": True}
    if one.facts.get("maxredirects") == 0:
        settings["follow_redirects"] = False
    return "http", settings, remarks


def _keyword(one: Monitor) -> Made:
    kind, settings, remarks = _web(one)
    option = "fail_if_body_matches_regexp" if one.says("invertKeyword") else "fail_if_body_not_matches_regexp"
    return kind, {**settings, option: [literal(one.text("keyword"))]}, remarks


def _json_query(one: Monitor) -> Made:
    kind, settings, remarks = _web(one)
    path = one.text("jsonPath").removeprefix("$").removeprefix(".")
    assertion = _assertion(path, one.text("jsonPathOperator") or "==", one.text("expectedValue"))
    if assertion is None or not PATH.fullmatch(path):
        return kind, settings, [*remarks, f"not carried over: the query {one.text('jsonPath')}; write assertions"]
    return kind, {**settings, "assertions": [assertion]}, remarks


def _assertion(path: str, operator: str, expected: str) -> dict[str, Any] | None:
    """Return a comparison of Uptime Kuma as an assertion; None when there is none like it."""
    if operator in ORDERS:
        if not NUMBER.fullmatch(expected):
            return None
        return {"json": f"to_number({path})", ORDERS[operator]: float(expected) if "." in expected else int(expected)}
    # Uptime Kuma compares texts, so the pattern takes the number 1 and the text "1" alike.
    text = {"json": f"to_string({path})"}
    whole = f'^"?{literal(expected)}"?$'
    found = {"==": ("matches", whole), "!=": ("not_matches", whole), "contains": ("matches", literal(expected))}
    return {**text, found[operator][0]: found[operator][1]} if operator in found else None


def _port(one: Monitor) -> Made:
    host = f"[{one.text('hostname')}]" if ":" in one.text("hostname") else one.text("hostname")
    return "tcp", {"target": f"{host}:{one.text('port')}"}, []


def _ping(one: Monitor) -> Made:
    size = one.facts.get("packetSize")
    sized = {"payload_size": size} if isinstance(size, int) and size != PING_BYTES else {}
    return "icmp", {"target": one.text("hostname"), **sized}, []


def _dns(one: Monitor) -> Made:
    server, *more = (one.text("dns_resolve_server") or "1.1.1.1").split(",")
    server, port = server.strip(), one.text("port") or "53"
    bracketed = f"[{server}]" if ":" in server else server
    settings = {
        "target": f"{bracketed}:{port}",
        "query_name": one.text("hostname"),
        "query_type": one.text("dns_resolve_type") or "A",
    }
    others = ", ".join(each.strip() for each in more)
    return "dns", settings, [f"not carried over: the name servers {others}; write a check for each"] if others else []


def _push(one: Monitor) -> Made:
    reference = secret_file(one.name, "token")
    remark = f"put its token into {reference['file']}, and change the address that it reports to"
    every = length_of(one.facts.get("interval")) or timedelta(minutes=1)
    return "heartbeat", {"token": reference, "interval": written_duration(every)}, [remark]


def _upgrade(one: Monitor) -> Made:
    target, settings, remarks = url(one.name, one.text("url"))
    if settings.pop("basic_auth", None):
        remarks.append("not carried over: user and password in the URL; write secret_headers")
    offered = [word for part in one.text("wsSubprotocol").split(",") if (word := part.strip())]
    settings = {"target": target, **settings, **({"subprotocols": offered} if offered else {})}
    if one.says("wsIgnoreSecWebsocketAcceptHeader"):
        remarks.append("not carried over: that a wrong Sec-WebSocket-Accept is ignored")
    return "websocket", settings, remarks


def _mail(one: Monitor) -> Made:
    _, settings, _ = _port(one)
    greeting: list[dict[str, Any]] = [{"expect": "^220 "}]
    secure = one.text("smtpSecurity")
    if secure == "secure":
        settings["tls"] = True
    elif secure == "starttls":
        greeting = [
            {"expect": "^220 ", "send": "EHLO monitor.example\r"},
            {"expect": "^250[ -]STARTTLS", "send": "STARTTLS\r"},
            {"expect": "^220 ", "starttls": True},
        ]
    return "tcp", {**settings, "query_response": greeting}, []


READERS: Mapping[str, Callable[[Monitor], Made]] = {
    "http": _web, "keyword": _keyword, "json-query": _json_query, "port": _port, "ping": _ping, "dns": _dns,
    "push": _push, "websocket-upgrade": _upgrade, "smtp": _mail,
}  # fmt: skip


def _headers(one: Monitor, remarks: list[str]) -> object:
    """Return the headers, which the backup has as JSON in a text."""
    given = one.text("headers")
    try:
        found = json.loads(given) if given else {}
    except ValueError:
        remarks.append("not carried over: its headers, which are no JSON")
        found = {}
    kind = CONTENT_TYPES.get(one.text("httpBodyEncoding") or "json")
    if not one.text("body") or not kind or not isinstance(found, dict):
        return found
    return found if "content-type" in {str(name).lower() for name in found} else {"Content-Type": kind, **found}


def _credentials(one: Monitor) -> tuple[dict[str, Any], list[str]]:
    method = one.text("authMethod") or ("basic" if one.text("basic_auth_user") else "")
    if method == "basic" and one.text("basic_auth_user"):
        return basic_auth(one.name, one.text("basic_auth_user"))
    if method == "oauth2-cc":
        reference = secret_file(one.name, "client secret")
        oauth2 = {
            "token_url": one.text("oauth_token_url"),
            "client_id": one.text("oauth_client_id"),
            "client_secret": reference,
            "scopes": one.text("oauth_scopes").split(),
        }
        if one.text("oauth_auth_method") == "client_secret_post":
            oauth2["auth_style"] = "params"
        return {"oauth2": oauth2}, [f"put the client secret into {reference['file']}"]
    return {}, [f"not carried over: the authentication {method}"] if method not in {"", "basic", "null"} else []
