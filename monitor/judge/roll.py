"""The roll: everything that is watched, and how it is called anew when the inventory is replaced."""

from collections.abc import Iterator
from datetime import datetime
from typing import cast

from monitor.inventory import Check, CheckId, Inventory, TargetId, Window
from monitor.judge.account import Account
from monitor.judge.calendar import Calendar
from monitor.judge.confirm import beginning
from monitor.judge.instant import length, microseconds
from monitor.judge.joint import Joint, Line
from monitor.judge.maintenance import windows_of
from monitor.judge.path import OF_PATH, Path, lay, settling
from monitor.judge.renames import former_checks, former_targets
from monitor.judge.track import SLACK, CheckTrack, TargetTrack, hold
from monitor.outcome import NEVER, Subject


class Roll:
    """What the judge remembers, by id, and what the newest call found.

    Attributes:
        now: When it was called, on the wall clock.
        monotonic: The same, on the monotonic clock.
        paths: Of all connections, whether anything looks at them or not.
        touched: Targets that are new, or have other checks or another path than before.
        renamed: Checks that come under a new name.
        paced: Checks that are new, or have another beat or timeout than before.
    """

    def __init__(self, now: datetime = NEVER, monotonic: float = 0.0) -> None:
        self.now = now
        self.monotonic = monotonic
        self.checks: dict[CheckId, CheckTrack] = {}
        self.targets: dict[TargetId, TargetTrack] = {}
        self.paths: dict[TargetId, Path] = {}
        self.touched: list[TargetTrack] = []
        self.renamed: list[CheckTrack] = []
        self.paced: list[CheckTrack] = []

    def find(self, subject: str) -> CheckTrack | TargetTrack | None:
        """Return what is remembered of a check, a system or a connection."""
        return self.checks.get(cast("CheckId", subject)) or self.targets.get(cast("TargetId", subject))


def call(inventory: Inventory, before: Roll, now: datetime, monotonic: float) -> Roll:
    """Return the roll of an inventory; what stays is taken over from the roll before.

    Most of a reload stays as it was, and is passed over quickly: the loop waits meanwhile.
    """
    roll = Roll(now, monotonic)
    calendars: dict[tuple[Window, ...], Calendar] = {}
    for target_id, check_ids in _watched(inventory):
        checks = [inventory.checks[check_id] for check_id in check_ids]
        target = before.targets.get(target_id)
        if (
            target is None
            or target.checks != check_ids
            or target.is_connection is not (target_id in inventory.connections)
        ):
            target = _target(inventory, before, target_id, now)
            target.checks = check_ids
            target.tracks = [_track(inventory, before, roll, target, check) for check in checks]
            roll.touched.append(target)
        roll.targets[target_id] = target
        for check, track in zip(checks, target.tracks, strict=True):
            roll.checks[check.id] = track
            if track.check is check and track.target is target:
                continue
            if check.every != track.check.every or check.timeout != track.check.timeout:
                roll.paced.append(track)
            track.check, track.target = check, target
        _set_calendar(target, windows_of(inventory, target_id), inventory, calendars)
    for target in roll.touched:
        _set_lines(target, microseconds(now))
    _lay_paths(inventory, before, roll)
    for track in roll.paced:
        if track.target.joint is not None:
            track.target.joint.lines[track.id].wait = _wait(track.check)
    _let_go(before, roll)
    return roll


def _let_go(before: Roll, roll: Roll) -> None:
    """Part targets that are gone from what knows them in turn: only the collector would find such a cycle."""
    for target_id, target in before.targets.items():
        if roll.targets.get(target_id) is not target:
            target.tracks, target.through, target.path = [], (), None


def _watched(inventory: Inventory) -> Iterator[tuple[TargetId, tuple[CheckId, ...]]]:
    yield from inventory.checks_of.items()
    for target_id in inventory.connections_watched - inventory.checks_of.keys():
        yield target_id, ()


def _lay_paths(inventory: Inventory, before: Roll, roll: Roll) -> None:
    """Give every connection its path, and every system the connections through it.

    Most paths stay as they were, and are not made anew: the loop waits meanwhile.
    """
    touched = {target.id for target in roll.touched}
    through: dict[TargetId, list[TargetTrack]] = {}
    waits: dict[TargetId, int] = {}
    at = microseconds(roll.now)
    for connection in inventory.connections.values():
        path = before.paths.get(connection.id)
        if path is None or not path.leads(connection, roll.targets):
            path = Path(connection, roll.targets)
        roll.paths[connection.id] = path
        target = roll.targets.get(connection.id)
        if target is None or target.joint is None:
            continue
        hops = [track for track in path.tracks if track is not None]
        for track in hops:
            through.setdefault(track.id, []).append(target)
            if track.id not in waits:
                waits[track.id] = settling([one.check for one in track.tracks])
        lay(target.joint, at, max([waits[track.id] for track in hops], default=None))
        if target.path is not path:
            target.path = path
            if target.id not in touched:
                roll.touched.append(target)
    for target in roll.targets.values():
        target.through = tuple(through.get(target.id, ()))


def _track(inventory: Inventory, before: Roll, roll: Roll, target: TargetTrack, check: Check) -> CheckTrack:
    track = before.checks.get(check.id)
    if track is None:
        former = (name for name in former_checks(inventory, check) if name not in inventory.checks)
        track = next((before.checks[name] for name in former if name in before.checks), None)
        if track is not None:
            roll.renamed.append(track)
    if track is None:
        standing = beginning(roll.now)
        account = Account(microseconds(roll.now), hold(check))
        track = CheckTrack(check, target, account, standing, standing.confirmed, heard=roll.monotonic)
        roll.paced.append(track)
    return track


def _target(inventory: Inventory, before: Roll, target_id: TargetId, now: datetime) -> TargetTrack:
    is_connection = target_id in inventory.connections
    target = TargetTrack(target_id, Subject.CONNECTION if is_connection else Subject.SYSTEM)
    names = (target_id, *former_targets(inventory, target_id))
    old = next((before.targets[name] for name in names if name in before.targets), None)
    if is_connection:
        target.joint = Joint(microseconds(now)) if old is None or old.joint is None else old.joint
    if old is not None:
        target.settled, target.is_inside = old.settled, old.is_inside
        target.confirmed, target.fault = (old.confirmed, old.fault) if old.id == target_id else (None, None)
    return target


def _set_calendar(
    target: TargetTrack,
    windows: tuple[Window, ...],
    inventory: Inventory,
    calendars: dict[tuple[Window, ...], Calendar],
) -> None:
    if not windows and target.calendar is None:
        return
    if windows and windows not in calendars:
        calendars[windows] = Calendar(windows, inventory.time_zone)
    target.calendar = calendars.get(windows)
    if target.joint is not None:
        target.joint.calendar = target.calendar
    for track in target.tracks:
        track.account.calendar = target.calendar


def _set_lines(target: TargetTrack, now: int) -> None:
    joint = target.joint
    if joint is None:
        return
    tracks = {track.id: track for track in target.tracks}
    for check_id in joint.lines.keys() - tracks.keys() - {OF_PATH}:
        joint.drop(check_id)
    for check_id, track in tracks.items():
        if check_id not in joint.lines:
            joint.lines[check_id] = Line(now, track.account.good_until, _wait(track.check))
            joint.lines[check_id].turn(now, track.standing.belief, track.account.good_until)


def _wait(check: Check) -> int:
    return length(check.timeout + SLACK)
