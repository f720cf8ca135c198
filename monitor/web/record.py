"""States, outcomes and readings as the API and ``probe --json`` write them. Nothing here can hold a secret."""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from monitor.inventory import Check, ContactId, Inventory
from monitor.measure import Reading
from monitor.outcome import NEVER, Confirmed, Outcome
from monitor.sinks.printable import printable

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None


def moment(when: datetime) -> str | None:
    """Return an RFC 3339 time in UTC; None for one that never was."""
    return None if when <= NEVER else when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds(value: float) -> float | None:
    """Return a number that JSON can hold, to the microsecond."""
    return round(value, 6) if math.isfinite(value) else None


def state_json(state: Confirmed) -> dict[str, Json]:
    """Return a confirmed state."""
    return {
        "status": str(state.status),
        "reason": None if state.reason is None else str(state.reason),
        "since": moment(state.since),
        "detail": printable(state.detail),
        "maintenance": state.maintenance,
    }


def outcome_json(outcome: Outcome) -> dict[str, Json]:
    """Return what one run saw, without its readings."""
    seen = outcome.observation
    return {
        "started": moment(outcome.started),
        "vantage": outcome.vantage,
        "duration_seconds": seconds(outcome.duration_seconds),
        "status": str(seen.status),
        "reason": None if seen.reason is None else str(seen.reason),
        "fault": None if seen.fault is None else str(seen.fault),
        "detail": printable(seen.detail),
        "phases": {printable(name): seconds(value) for name, value in outcome.phases.items()},
    }


def readings_json(readings: Iterable[Reading]) -> list[Json]:
    """Return readings; a value that is not a finite number is null."""
    return [
        {
            "measure": reading.measure.name,
            "value": reading.value if math.isfinite(reading.value) else None,
            "labels": {
                label.name: printable(value)
                for label, value in zip(reading.measure.labels, reading.labels, strict=False)
            },
        }
        for reading in readings
    ]


def check_json(check: Check, state: Confirmed, newest: Outcome | None, owner: ContactId | None) -> dict[str, Json]:
    """Return a check as it stands in a list."""
    return {
        "id": check.id,
        "kind": check.kind,
        "agency": check.agency,
        "target": check.target,
        "owner": owner,
        **state_json(state),
        "newest": None if newest is None else outcome_json(newest),
    }


def owner_of(check: Check, inventory: Inventory) -> ContactId | None:
    """Return the contact id of whoever owns the target of a check; None when nobody is named."""
    target = inventory.target(check.target)
    return target.owner if target else None
