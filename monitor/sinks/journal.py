"""The journal: each confirmed change is one log line, each outcome one at debug level."""

import logging
from collections.abc import Callable

from monitor.inventory import Inventory, TargetId
from monitor.observation import Status
from monitor.outcome import Event, Fault, InventoryReplaced, Outcome, Sink, StateChanged, Subject
from monitor.sinks.logs import Logger, configure

__all__ = ["configure", "journal"]


def journal(logger: Logger) -> Sink:
    """Return a sink that writes to a logger."""
    inventory = Inventory()
    bound: Logger | None = None

    def write(event: Event) -> None:
        nonlocal inventory, bound
        if bound is None:  # not before the first event: by then logging is configured
            bound = logger.bind()
        if isinstance(event, Outcome):
            if bound.isEnabledFor(logging.DEBUG):
                bound.debug("check.observed", **_seen(event))
        elif isinstance(event, StateChanged):
            _level(event, bound)(f"{event.subject}.changed", **_change(event, inventory))
        elif isinstance(event, InventoryReplaced):
            inventory = event.inventory

    return write


def _level(event: StateChanged, logger: Logger) -> Callable[..., object]:
    if event.now.status is Status.DOWN and not event.now.maintenance:
        return logger.warning
    # The first state after a start is no news when it is a good one.
    return logger.debug if event.before is None and event.now.status is Status.UP else logger.info


def _change(event: StateChanged, inventory: Inventory) -> dict[str, str | None]:
    parts = event.id.split("/")
    target = inventory.target(TargetId("/".join(parts[:2])))
    facts: dict[str, str | None] = {
        str(event.subject): event.id,
        "old": None if event.before is None else event.before.status,
        "new": event.now.status,
        "reason": event.now.reason,
        "since": event.now.since.isoformat(timespec="milliseconds"),
        "detail": event.now.detail or None,
        "owner": None if target is None else target.owner,
        **_fault(event.fault),
    }
    was = event.before is not None and event.before.maintenance
    if event.now.maintenance or was:
        facts["maintenance"] = "running" if event.now.maintenance else "over"
    return {name: value for name, value in facts.items() if value is not None or name == "old"}


def _fault(fault: Fault | None) -> dict[str, str | None]:
    """Return where a connection is broken, who has to act, and what says so."""
    if fault is None:
        return {}
    return {"fault": fault.domain, "at": fault.at or None, "ground": fault.ground, "check": fault.check}


def _seen(event: Outcome) -> dict[str, object]:
    seen = event.observation
    return {
        str(Subject.CHECK): event.check,
        "status": str(seen.status),
        "reason": seen.reason,
        "detail": seen.detail,
        "duration_seconds": round(event.duration_seconds, 6),
        "confirmed": str(event.confirmed.status),
    }
