"""A whole configuration as entries, one for each thing in it, fit to be listed and compared."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from monitor.config.facts import HIDDEN, Fact, Facts, closed, closed_facts, open_facts
from monitor.config.wording import worded
from monitor.inventory import Check, Contact, Inventory
from monitor.plugin.probe import Where
from monitor.plugin.remote import RemoteProbe
from monitor.settings import Settings

DAEMON_ID = "monitor.yaml"
AT_A_RELOAD = frozenset({"time_zone"})
"""Facts of the daemon that a reload puts into force; all others wait for a start."""
CONFIDENTIAL_SETTINGS = frozenset({"egress", "nameservers", "witnesses", "web"})
"""They name addresses of the inside."""
FINGERPRINT = "fingerprint"


class Kind(StrEnum):
    """What an entry is about, in the order in which they are told."""

    AGENCY = "agency"
    CONTACT = "contact"
    PROGRAMME = "programme"
    SYSTEM = "system"
    CONNECTION = "connection"
    CHECK = "check"
    DAEMON = "daemon"


@dataclass(frozen=True, slots=True)
class Daemon:
    """What ``monitor.yaml`` says of the daemon itself."""

    settings: Settings
    time_zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing and what is said of it.

    Attributes:
        fingerprint: Equal for two that are configured alike.
    """

    fingerprint: str
    facts: Facts


Things = Mapping[Kind, Mapping[Any, Any]]
"""By kind and id."""


def things(inventory: Inventory, settings: Settings) -> Things:
    """Return everything that is configured, by id."""
    return MappingProxyType(
        {
            Kind.AGENCY: inventory.agencies,
            Kind.CONTACT: {f"{agency}/{name}": one for (agency, name), one in inventory.contacts.items()},
            Kind.PROGRAMME: inventory.programmes,
            Kind.SYSTEM: inventory.systems,
            Kind.CONNECTION: inventory.connections,
            Kind.CHECK: inventory.checks,
            Kind.DAEMON: {DAEMON_ID: Daemon(settings, inventory.time_zone)},
        }
    )


def entry_of(thing: Any) -> Entry:
    """Return the entry of one thing."""
    if isinstance(thing, Check):
        return Entry(thing.fingerprint, _check(thing))
    if isinstance(thing, Contact):
        facts: Facts = {"details": Fact(HIDDEN, closed(repr(thing)))}  # of persons, not a word
    elif isinstance(thing, Daemon):
        facts = _daemon(thing)
    else:
        facts = open_facts(thing, frozenset({"id", "agency"}))
    return Entry(fingerprint_of(facts), facts)


def fingerprint_of(facts: Facts) -> str:
    """Return what is equal for equal facts."""
    marks = json.dumps({name: fact.mark for name, fact in facts.items()}, sort_keys=True)
    return blake2b(marks.encode(), digest_size=12).hexdigest()


def _check(check: Check) -> Facts:
    plain = {
        "kind": check.kind,
        "plugin": check.plugin,
        "where": check.where,
        "every": check.every,
        "timeout": check.timeout,
        "confirm": check.confirm,
        "recheck": check.recheck,
        "phases": check.phases,
        "max_latency": check.max_latency,
        "formerly": check.formerly or None,
    }
    facts = {name: Fact(text := worded(value), text) for name, value in plain.items() if value is not None}
    # What a worker builds is known as it was written, everything else as it was read.
    settings = json.loads(check.probe.settings) if isinstance(check.probe, RemoteProbe) else check.probe
    return {**facts, **closed_facts(settings, "with.")}


def _daemon(daemon: Daemon) -> Facts:
    settings = daemon.settings
    inside = {name: getattr(settings, name) for name in sorted(CONFIDENTIAL_SETTINGS)}
    zone = str(daemon.time_zone)
    return {
        **open_facts(settings, CONFIDENTIAL_SETTINGS),
        **closed_facts(inside),
        "time_zone": Fact(zone, zone),
    }


def is_comparable(one: Facts, other: Facts, name: str) -> bool:
    """Return whether a fact means the same on both sides: a worker's settings are not written as those in the loop."""
    where = [facts["where"].mark if "where" in facts else "" for facts in (one, other)]
    return not name.startswith("with.") or where[0] == where[1] or Where.WORKER not in where
