"""The time spent in each state, as the texts of five columns."""

from monitor.outcome import StateSeconds
from monitor.sinks.metrics.column import Part
from monitor.sinks.metrics.line import ending
from monitor.sinks.metrics.store import Store

STATES = ("up", "degraded", "down", "maintenance", "unknown")


def put_spent(store: Store, parts: tuple[Part, ...], slot: int, before: StateSeconds | None, now: StateSeconds) -> None:
    """Replace the texts of those states in which time went by."""
    up, degraded, down, maintenance, unknown = parts
    if before is None or now.up != before.up:
        store.put(up.key, slot, ending(now.up))
    if before is None or now.degraded != before.degraded:
        store.put(degraded.key, slot, ending(now.degraded))
    if before is None or now.down != before.down:
        store.put(down.key, slot, ending(now.down))
    if before is None or now.maintenance != before.maintenance:
        store.put(maintenance.key, slot, ending(now.maintenance))
    if before is None or now.unknown != before.unknown:
        store.put(unknown.key, slot, ending(now.unknown))
