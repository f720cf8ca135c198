"""Checks from a backup of Uptime Kuma 1, or from the database of either version."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor.migration.foreign import Foreign, ForeignError, is_database, json_file, mapping_with
from monitor.migration.kuma_database import monitors_in
from monitor.migration.kuma_monitor import READERS, Monitor
from monitor.migration.proposal import LeftOut, Proposal, certificate_of
from monitor.migration.quantity import length_of

EVERY = timedelta(minutes=1)
LOGIN = "its login is in a connection string, which is not carried over; write a check of the kind {}"
SIMILAR = {
    "sqlserver": LOGIN.format("sql"),
    "postgres": LOGIN.format("sql"),
    "mysql": LOGIN.format("sql"),
    "mongodb": LOGIN.format("mongodb"),
    "redis": LOGIN.format("redis"),
    "rabbitmq": "its login is not carried over; write a check of the kind rabbitmq",
    "grpc-keyword": "it calls a method and looks for a word; a check of the kind grpc asks the health service",
    "kafka-producer": "it writes; a check of the kind kafka asks how far a consumer is behind",
}
"""What to write in place of monitors that are not carried over, by their type."""


def monitors_of(path: Path) -> Foreign:
    """Return a backup, or what a database has of one.

    Raises:
        ForeignError: It cannot be read, or is something else.
    """
    if is_database(path):
        return {"monitorList": monitors_in(path)}
    found = mapping_with("monitorList", json_file(path), path)
    if not isinstance(found["monitorList"], list):
        raise ForeignError(f"{path}\n  monitorList is no list")
    return found


def proposals(backup: Foreign) -> Iterator[Proposal | LeftOut]:
    """Yield a check for each monitor; those of a group share a system."""
    monitors = [Monitor(one) for one in backup["monitorList"] if isinstance(one, Mapping)]
    groups = {one.text("id"): one for one in monitors if one.text("type") == "group" and one.text("id")}
    for one in monitors:
        if one.text("type") == "group":
            continue
        try:
            yield from _of_monitor(one, groups)
        except ValueError:
            yield LeftOut(one.name, "its URL cannot be read")
    if backup.get("notificationList"):
        yield LeftOut("notifications", "alerts belong into Alertmanager; see datashare-monitor alertmanager")


def _of_monitor(one: Monitor, groups: Mapping[str, Monitor]) -> Iterator[Proposal | LeftOut]:
    kind = one.text("type")
    reader = READERS.get(kind)
    if reader is None:
        yield LeftOut(one.name, SIMILAR.get(kind) or f"monitors of the type {kind[:40]} have no probe kind here")
        return
    if resting := _resting(one, groups):
        yield LeftOut(one.name, "it is paused" if resting is one else f"its group {resting.name} is paused")
        return
    if one.says("upsideDown"):
        yield LeftOut(one.name, "it is upside down: up when the target fails; no check does that")
        return
    made, settings, remarks = reader(one)
    if one.facts.get("proxyId"):
        remarks.append("not carried over: its proxy; write proxy_url")
    if tags := one.facts.get("tags"):
        remarks.append(f"not carried over: its tags{_named(tags)}; programmes and contacts group what belongs together")
    retries = one.facts.get("maxretries")
    proposal = Proposal(
        system=group.name if (group := groups.get(one.text("parent"))) else _host(one, settings),
        name=one.name,
        kind=made,
        settings=settings,
        every=EVERY if made == "heartbeat" else length_of(one.facts.get("interval")) or EVERY,
        timeout=length_of(one.facts.get("timeout")),
        recheck=length_of(one.facts.get("retryInterval")) if retries else None,
        down=retries + 1 if isinstance(retries, int) and retries >= 0 else None,
        remarks=tuple(remarks),
    )
    yield proposal
    if one.says("expiryNotification") and str(settings.get("target", "")).startswith("https://"):
        yield certificate_of(proposal, settings["target"])


def _named(tags: object) -> str:
    names = (
        [str(one.get("name", ""))[:40] for one in tags if isinstance(one, Mapping)] if isinstance(tags, list) else []
    )
    return f" ({', '.join(names[:10])})" if names else ""


def _resting(one: Monitor, groups: Mapping[str, Monitor]) -> Monitor | None:
    """Return what keeps a monitor paused: itself, or a group that it is in; None while it is active.

    A database has what was said of each alone, a backup since version 1.22 the outcome. What says nothing is active.
    """
    asked: set[str] = set()
    above: Monitor | None = one
    while above is not None and above.text("id") not in asked:
        if not above.says("active", default=True):
            return above
        asked.add(above.text("id"))
        above = groups.get(above.text("parent"))
    return None


def _host(one: Monitor, settings: Mapping[str, Any]) -> str:
    target = str(settings.get("target", ""))
    return (urlsplit(target).hostname if "://" in target else one.text("hostname")) or one.name
