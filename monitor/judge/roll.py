"""The roll: everything that is watched, and how it is called anew when the inventory is replaced."""

from datetime import datetime
from typing import cast

from monitor.inventory import Check, CheckId, Inventory, TargetId, Window
from monitor.judge.account import Account
from monitor.judge.calendar import Calendar
from monitor.judge.confirm import beginning
from monitor.judge.instant import length, microseconds
from monitor.judge.joint import Joint, Line
from monitor.judge.maintenance import windows_of
from monitor.judge.renames import former_checks, former_targets
from monitor.judge.track import SLACK, CheckTrack, TargetTrack, hold
from monitor.outcome import Subject


class Roll:
    """What the judge remembers, by id."""

    def __init__(self) -> None:
        self.checks: dict[CheckId, CheckTrack] = {}
        self.targets: dict[TargetId, TargetTrack] = {}

    def find(self, subject: str) -> CheckTrack | TargetTrack | None:
        """Return what is remembered of a check, a system or a connection."""
        return self.checks.get(cast("CheckId", subject)) or self.targets.get(cast("TargetId", subject))


def call(inventory: Inventory, before: Roll, now: datetime, monotonic: float) -> tuple[Roll, list[CheckTrack]]:
    """Return the roll of an inventory and the checks that come under a new name."""
    roll, renamed = Roll(), []
    calendars: dict[tuple[Window, ...], Calendar] = {}
    for target_id, checks in inventory.checks_of.items():
        roll.targets[target_id] = target = _target(inventory, before, target_id, now)
        _set_calendar(target, windows_of(inventory, target_id), inventory, calendars)
        for check_id in checks:
            check = inventory.checks[check_id]
            track = before.checks.get(check_id)
            if track is None and (track := _renamed(inventory, before, check)) is not None:
                renamed.append(track)
            track = _new(check, target, now, monotonic) if track is None else track
            track.check, track.target = check, target
            track.account.calendar = target.calendar
            target.tracks.append(track)
            roll.checks[check_id] = track
        if target.joint is not None:
            _set_lines(target.joint, target, microseconds(now))
    return roll, renamed


def _target(inventory: Inventory, before: Roll, target_id: TargetId, now: datetime) -> TargetTrack:
    is_connection = target_id in inventory.connections
    target = TargetTrack(target_id, Subject.CONNECTION if is_connection else Subject.SYSTEM)
    names = (target_id, *former_targets(inventory, target_id))
    old = next((before.targets[name] for name in names if name in before.targets), None)
    if is_connection:
        target.joint = Joint(microseconds(now)) if old is None or old.joint is None else old.joint
    if old is not None:
        target.settled, target.is_inside = old.settled, old.is_inside
        target.confirmed = old.confirmed if old.id == target_id else None
    return target


def _set_calendar(
    target: TargetTrack,
    windows: tuple[Window, ...],
    inventory: Inventory,
    calendars: dict[tuple[Window, ...], Calendar],
) -> None:
    if windows:
        if windows not in calendars:
            calendars[windows] = Calendar(windows, inventory.time_zone)
        target.calendar = calendars[windows]
    if target.joint is not None:
        target.joint.calendar = target.calendar


def _renamed(inventory: Inventory, before: Roll, check: Check) -> CheckTrack | None:
    former = (name for name in former_checks(inventory, check) if name not in inventory.checks)
    return next((before.checks[name] for name in former if name in before.checks), None)


def _new(check: Check, target: TargetTrack, now: datetime, monotonic: float) -> CheckTrack:
    standing = beginning(now)
    return CheckTrack(
        check, target, Account(microseconds(now), hold(check)), standing, standing.confirmed, heard=monotonic
    )


def _set_lines(joint: Joint, target: TargetTrack, now: int) -> None:
    tracks = {track.id: track for track in target.tracks}
    for check_id in joint.lines.keys() - tracks.keys():
        joint.drop(check_id)
    for check_id, track in tracks.items():
        wait = length(track.check.timeout + SLACK)
        if check_id not in joint.lines:
            joint.lines[check_id] = Line(now, track.account.good_until, wait)
            joint.lines[check_id].turn(now, track.standing.belief, track.account.good_until)
        joint.lines[check_id].wait = wait
