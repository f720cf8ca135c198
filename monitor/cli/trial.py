"""A target without configuration: its kind, where it is, and its settings, read from one line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from monitor.inventory import Check, TargetId

if TYPE_CHECKING:
    from monitor.config.trial import Wrong
    from monitor.plugin.catalogue import Catalogue

TARGET = TargetId("trial/target")
KINDS = {
    "https": "http", "ping": "icmp", "unix": "tcp", "ws": "websocket", "wss": "websocket", "ldaps": "ldap",
    "grpcs": "grpc",
}  # fmt: skip
"""Kinds by the scheme of a URL, where they have another name."""
WHOLE = frozenset({"http", "https", "ws", "wss", "unix"})
"""Schemes whose URL is the target itself, as it stands."""
PORTS = {"tls": 443, "ldap": 389, "ldaps": 636}
SAID: Mapping[str, Mapping[str, Any]] = {"ldaps": {"tls": True}, "grpcs": {"tls": True}}
"""What a scheme says beside the kind."""
MEANT = {
    "dns": {"query": "query_name", "name": "query_name", "type": "query_type", "class": "query_class"},
}
"""Short names for settings behind the question mark."""
EXAMPLES = "https://host/path, host:port, tls://host, dns://server/NAME, ldap://host"
NAMELESS = "write the name to ask for: dns://server/NAME, or dns://server/NAME?type=AAAA"
HOW = "keys are given with --set KEY=VALUE; datashare-monitor plugins {} explains them"
PASSIVE = (
    "a heartbeat is not looked at: its target reports to the daemon, which is asked for what came last; name its check,"
    " AGENCY/TARGET/CHECK"
)
GREETED = frozenset({"smtp", "imap", "pop3", "ftp", "xmpp"})
TWO_WAYS = (
    "there is no probe kind {0}: write tls://HOST:PORT?starttls={0} to see its certificate, or tcp://HOST:PORT with"
    " --set 'query_response=[{{expect: PATTERN}}]' for its greeting"
)
SCHEME = re.compile(r"([a-z][a-z0-9+-]*):(?=//|/)")


class TrialError(Exception):
    """What the command line names cannot be probed; the text says why, in lines."""


def trial(
    catalogue: "Catalogue", target: str, kind: str | None, settings: Sequence[tuple[str, str]], timeout: str
) -> Check:
    """Return a check of a target that no configuration names.

    Args:
        catalogue: What is installed.
        target: A URL or ``host:port``; empty for a kind that needs none.
        kind: Guessed from the target when None.
        settings: Keys with values in YAML; a dot leads into a mapping.
        timeout: As configuration has it.

    Raises:
        TrialError: The kind cannot be guessed, or does not take this target or these settings.
    """
    from monitor.config.trial import tried

    kind = kind or kind_of(target)
    if kind == "heartbeat":
        raise TrialError(PASSIVE)
    if kind in GREETED and kind not in catalogue.kinds:
        raise TrialError(TWO_WAYS.format(kind))
    given = nested(settings)
    first: tuple[Wrong, ...] = ()
    for found in forms(catalogue, target, kind):
        recipe, wrong = tried(catalogue, kind, {**found, **given}, timeout=timeout, every="1d")
        if recipe is not None and not wrong:
            return recipe.check(TARGET, None)
        first = first or wrong
    if kind == "dns" and any("query_name" in str(one) and "is missing" in str(one) for one in first):
        raise TrialError(NAMELESS)
    said = "\n".join(str(one) for one in first) or f"the kind {kind} does not take {target[:200]!r}"
    raise TrialError(f"{said}\n{HOW.format(kind)}" if kind in catalogue.kinds else said)


def kind_of(target: str) -> str:
    """Return the kind that a target suggests.

    Raises:
        TrialError: It suggests none.
    """
    if found := SCHEME.match(target):
        return KINDS.get(found[1], found[1])
    if re.fullmatch(r"\S+:\d+", target):
        return "tcp"
    raise TrialError(f"{target[:200]!r} does not say what to try; write {EXAMPLES}, or name a kind with --kind")


def forms(catalogue: "Catalogue", target: str, kind: str) -> Iterator[Mapping[str, Any]]:
    """Yield the settings that a target may stand for, the likeliest first."""
    if not target:
        yield {}
        return
    field = _target_field(catalogue, kind)
    found = SCHEME.match(target)
    if found is None or found[1] in WHOLE:
        yield {field: target}
        return
    split = urlsplit(target)
    meant = MEANT.get(kind, {})
    asked = nested([(meant.get(key.lower(), key), value) for key, value in parse_qsl(split.query.replace(";", "&"))])
    asked = {**SAID.get(found[1], {}), **asked}
    if kind == "dns" and split.netloc and split.path.strip("/"):
        asked = {"query_name": unquote(split.path.strip("/")), **asked}  # RFC 4501
    yield {field: split.netloc or split.path, **asked}
    if found[1] in PORTS:
        yield {field: f"{split.netloc}:{PORTS[found[1]]}", **asked}
    yield {field: target}


def nested(settings: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return settings as a mapping, their values read as YAML.

    Raises:
        TrialError: A value cannot be read, or one key is both a value and a mapping.
    """
    from monitor.config.document import parsed

    made: dict[str, Any] = {}
    for key, text in settings:
        node, problems = parsed(key, text) if text else (None, [])
        if problems or (node is None and text):
            raise TrialError("; ".join(f"{key}: {problem.message}" for problem in problems))
        *before, last = key.split(".")
        holder = made
        for part in before:
            holder = holder.setdefault(part, {})
            if not isinstance(holder, dict):
                raise TrialError(f"{key}: {part} has a value already")
        holder[last] = node.value if node is not None else ""
    return made


def _target_field(catalogue: "Catalogue", kind: str) -> str:
    from monitor.plugin.form import form

    offered = catalogue.kinds.get(kind)
    names = form(offered.probe).host_fields if offered else ()
    return names[0] if names else "target"
