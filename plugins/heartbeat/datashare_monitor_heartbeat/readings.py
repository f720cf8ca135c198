"""What heartbeats measure."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Literal

from datashare_monitor_heartbeat.runs import Runs
from monitor.plugin import Heartbeat, Measure, MeasureKind, Reading

SUCCEEDED = Measure("probe_heartbeat_last_success_timestamp_seconds", "When the newest success was reported.")
STARTED = Measure("probe_heartbeat_last_start_timestamp_seconds", "When the newest start was reported.")
DURATION = Measure("probe_heartbeat_run_duration_seconds", "From the start to the end of the newest run that has both.")
DUE = Measure("probe_heartbeat_due_timestamp_seconds", "When the next heartbeat is expected, its grace not counted.")
MEASURES = (SUCCEEDED, STARTED, DURATION, DUE)

NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)

Kind = Literal["gauge", "total"]


@lru_cache(maxsize=4096)
def measure(name: str, kind: Kind) -> Measure:
    """Return the measure of a declared reading.

    Raises:
        ValueError: The name is none, or does not go with the kind.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f'"{name[:60]}" is not the name of a reading; write lower-case letters, digits and _')
    if (kind == "total") != name.endswith("_total"):
        rule = "must end in _total" if kind == "total" else "must not end in _total, or be a total"
        raise ValueError(f'the reading "{name[:60]}" is a {kind}: its name {rule}')
    return Measure(f"probe_heartbeat_{name}", f"What the newest success reported as {name}.", MeasureKind(kind))


def of_runs(runs: Runs, due: datetime) -> list[Reading]:
    """Return what is known of the runs of a target."""
    seen = [DUE(due.timestamp())]
    if runs.success is not None:
        seen.append(SUCCEEDED(runs.success.received.timestamp()))
    if runs.start is not None:
        seen.append(STARTED(runs.start.received.timestamp()))
    if runs.start is not None and runs.end is not None and not runs.is_running:
        seen.append(DURATION((runs.end.received - runs.start.received).total_seconds()))
    return seen


def declared(kinds: Mapping[str, Kind], success: Heartbeat | None) -> list[Reading]:
    """Return the declared readings that the newest success brought."""
    found = success.readings if success is not None else {}
    return [measure(name, kind)(found[name]) for name, kind in kinds.items() if name in found]
