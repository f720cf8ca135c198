"""The roll: everything that is watched, and how it is called anew when the inventory is replaced."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import cast

from monitor.inventory import Check, CheckId, Inventory, TargetId, Window
from monitor.judge.account import Account
from monitor.judge.calendar import Calendar
from monitor.judge.confirm import beginning
from monitor.judge.instant import length, microseconds
from monitor.judge.joint import Joint, Line
from monitor.judge.maintenance import windows_of
from monitor.judge.path import OF_PATH, Path, is_laid, lay, settling
from monitor.judge.renames import former_checks, former_targets
from monitor.judge.track import SLACK, CheckTrack, TargetTrack, hold
from monitor.outcome import NEVER, Subject

TOGETHER = 250
"""Targets that are looked at in one go."""


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


@dataclass(slots=True)
class Call:
    """A roll that is called, and what has to be done all at once to bring it into force.

    Attributes:
        steps: In order; each takes the moment, in microseconds.
    """

    roll: Roll
    steps: list[Callable[[int], None]] = field(default_factory=list)

    def apply(self, at: int) -> Roll:
        """Bring the roll into force, and return it."""
        for step in self.steps:
            step(at)
        return self.roll


def calling(inventory: Inventory, before: Roll, now: datetime, monotonic: float) -> Generator[None, None, Call]:
    """Call the roll of an inventory; what stays is taken over from the roll before.

    Between two yields the loop may do other things: what is remembered changes by ``Call.apply`` alone, and until then
    the roll before is in force. Most of a reload stays as it was, and adds no step.
    """
    call = Call(Roll(now, monotonic))
    roll, steps = call.roll, call.steps
    calendars: dict[tuple[Window, ...], Calendar] = {}
    for number, (target_id, check_ids) in enumerate(_watched(inventory)):
        if number % TOGETHER == 0:
            yield
        checks = [inventory.checks[check_id] for check_id in check_ids]
        target = before.targets.get(target_id)
        if (
            target is None
            or target.checks != check_ids
            or target.is_connection is not (target_id in inventory.connections)
        ):
            target = _target(inventory, before, target_id, now, steps)
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
            steps.append(partial(_turn_to, track, check, target))
        windows = windows_of(inventory, target_id)
        if windows and windows not in calendars:
            calendars[windows] = Calendar(windows, inventory.time_zone)
        if windows or target.calendar is not None:
            steps.append(partial(_set_calendar, target, calendars.get(windows)))
    steps += [partial(_set_lines, target) for target in roll.touched]
    yield from _lay_paths(inventory, before, roll, steps)
    steps.append(lambda _: _set_waits(roll))
    steps.append(lambda _: _let_go(before, roll))
    return call


def _turn_to(track: CheckTrack, check: Check, target: TargetTrack, _: int) -> None:
    track.check, track.target = check, target
    target.forget_sight()


def _set_waits(roll: Roll) -> None:
    for track in roll.paced:
        if track.target.joint is not None:
            track.target.joint.lines[track.id].wait = _wait(track.check)


def _let_go(before: Roll, roll: Roll) -> None:
    """Part targets that are gone from what knows them in turn: only the collector would find such a cycle."""
    for target_id, target in before.targets.items():
        if roll.targets.get(target_id) is not target:
            target.tracks, target.through, target.path = [], (), None


def _watched(inventory: Inventory) -> Iterator[tuple[TargetId, tuple[CheckId, ...]]]:
    yield from inventory.checks_of.items()
    for target_id in inventory.connections_watched - inventory.checks_of.keys():
        yield target_id, ()


def _lay_paths(
    inventory: Inventory, before: Roll, roll: Roll, steps: list[Callable[[int], None]]
) -> Generator[None, None, None]:
    """Give every connection its path, and every system the connections through it; most stay as they were."""
    touched = {target.id for target in roll.touched}
    through: dict[TargetId, list[TargetTrack]] = {}
    waits: dict[TargetId, int] = {}
    for number, connection in enumerate(inventory.connections.values()):
        if number % TOGETHER == 0:
            yield
        path = before.paths.get(connection.id)
        if path is None or not path.leads(connection, roll.targets):
            path = Path(connection, roll.targets)
        roll.paths[connection.id] = path
        target = roll.targets.get(connection.id)
        if target is None or target.joint is None:
            continue
        wait = None
        for track in filter(None, path.tracks):
            through.setdefault(track.id, []).append(target)
            if track.id not in waits:
                waits[track.id] = settling([inventory.checks[one] for one in track.checks])
            wait = max(wait or 0, waits[track.id])
        if not is_laid(target.joint, wait):
            steps.append(partial(_lay, target.joint, wait))
        if target.path is not path:
            steps.append(partial(_lead, target, path))
            roll.touched += [target] if target.id not in touched else []
    yield
    steps += _passes(roll, through)


def _passes(roll: Roll, through: Mapping[TargetId, list[TargetTrack]]) -> Iterator[Callable[[int], None]]:
    for target in roll.targets.values():
        passing = tuple(through.get(target.id, ()))
        if passing != target.through:
            yield partial(_pass_through, target, passing)


def _lay(joint: Joint, wait: int | None, at: int) -> None:
    lay(joint, at, wait)


def _lead(target: TargetTrack, path: Path, _: int) -> None:
    target.path = path


def _pass_through(target: TargetTrack, passing: tuple[TargetTrack, ...], _: int) -> None:
    target.through = passing


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


def _target(
    inventory: Inventory, before: Roll, target_id: TargetId, now: datetime, steps: list[Callable[[int], None]]
) -> TargetTrack:
    is_connection = target_id in inventory.connections
    target = TargetTrack(target_id, Subject.CONNECTION if is_connection else Subject.SYSTEM)
    names = (target_id, *former_targets(inventory, target_id))
    old = next((before.targets[name] for name in names if name in before.targets), None)
    if is_connection:
        target.joint = Joint(microseconds(now)) if old is None or old.joint is None else old.joint
    if old is not None:
        steps.append(partial(_inherit, target, old))
    return target


def _inherit(target: TargetTrack, old: TargetTrack, _: int) -> None:
    target.settled, target.is_inside = old.settled, old.is_inside
    if old.id == target.id and old.subject is target.subject:  # listeners know of no state of any other
        target.confirmed, target.fault = old.confirmed, old.fault


def _set_calendar(target: TargetTrack, calendar: Calendar | None, _: int) -> None:
    target.calendar = calendar
    if target.joint is not None:
        target.joint.calendar = calendar
    for track in target.tracks:
        track.account.calendar = calendar


def _set_lines(target: TargetTrack, at: int) -> None:
    joint = target.joint
    if joint is None:
        return
    tracks = {track.id: track for track in target.tracks}
    for check_id in joint.lines.keys() - tracks.keys() - {OF_PATH}:
        joint.drop(check_id)
    for check_id, track in tracks.items():
        if check_id not in joint.lines:
            joint.lines[check_id] = Line(at, track.account.good_until, _wait(track.check))
            joint.lines[check_id].turn(at, track.standing.belief, track.account.good_until)


def _wait(check: Check) -> int:
    return length(check.timeout + SLACK)
