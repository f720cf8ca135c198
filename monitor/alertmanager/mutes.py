"""Mute times: which windows there are, and which of them silence a target."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.alertmanager.intervals import Interval, can_be_said, intervals
from monitor.config.wording import worded
from monitor.inventory import Inventory, Target, Window
from monitor.judge.maintenance import windows_of


@dataclass(frozen=True, slots=True)
class Mutes:
    """The windows of an inventory, each under a name.

    Attributes:
        intervals: By name, what Alertmanager is told.
        covered: Targets that have windows, with the names of all that cover them: their own and those of their path.
        unsaid: Names of the windows that are too long to be told.
    """

    intervals: Mapping[str, list[Interval]]
    covered: tuple[tuple[Target, tuple[str, ...]], ...]
    unsaid: tuple[str, ...]


def mutes(inventory: Inventory) -> Mutes:
    """Return the windows of an inventory."""
    targets: tuple[Target, ...] = (*inventory.systems.values(), *inventory.connections.values())
    found = [(target, windows) for target in targets if (windows := windows_of(inventory, target.id))]
    every = dict.fromkeys(window for _, windows in found for window in windows)
    return Mutes(
        intervals={worded(one): intervals(one, inventory.time_zone) for one in every if can_be_said(one)},
        covered=tuple((target, names) for target, windows in found if (names := _names(windows))),
        unsaid=tuple(worded(one) for one in every if not can_be_said(one)),
    )


def _names(windows: Iterable[Window]) -> tuple[str, ...]:
    return tuple(worded(one) for one in windows if can_be_said(one))
