"""The judge: turns what runs saw into confirmed states and exact accounts, and tells the sinks."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from monitor.clock import Clock
from monitor.inventory import CheckId, TargetId
from monitor.judge import roll
from monitor.judge.account import seconds
from monitor.judge.belief import NO_ANSWERS
from monitor.judge.confirm import Standing, answers, rests_on, step, unknowing
from monitor.judge.instant import microseconds, moment
from monitor.judge.path import Trace
from monitor.judge.spreading import AT_ONCE, BESIDE_A_RUN, EACH_SECOND, Spreading, concerns
from monitor.judge.timetable import Timetable
from monitor.judge.track import CheckTrack, TargetTrack, hold, patience_seconds
from monitor.observation import Reason
from monitor.outcome import (
    PENDING,
    Confirmed,
    Event,
    Fault,
    InventoryReplaced,
    Outcome,
    StateChanged,
    StateSeconds,
    Subject,
)


class Judge:
    """The only step after the engine that remembers anything. Belongs to the event loop; nothing here waits."""

    def __init__(
        self, clock: Clock, emit: Callable[[Event], None], recheck: Callable[[CheckId, timedelta], None]
    ) -> None:
        """Make a judge that watches nothing yet; it calls ``recheck`` while a change waits to be confirmed."""
        self._clock = clock
        self._emit = emit
        self._recheck = recheck
        self._roll = roll.Roll()
        self._timetable = Timetable()
        self._spreading = Spreading()

    def state(self, subject: str) -> Confirmed:
        """Return the confirmed state of a check, a system or a connection; ``PENDING`` for one that has none yet."""
        track = self._roll.find(subject)
        return PENDING if track is None or track.confirmed is None else track.confirmed

    def seconds(self, subject: str) -> StateSeconds | None:
        """Return the account of a check or a connection as of its newest run; None for anything else."""
        track = self._roll.find(subject)
        if isinstance(track, CheckTrack):
            return seconds(track.account.amounts)
        return None if track is None or track.joint is None or not track.tracks else seconds(track.joint.amounts)

    def fault(self, connection: TargetId) -> Fault | None:
        """Return where a connection is broken; None when nothing is known to be, or not yet where."""
        target = self._roll.targets.get(connection)
        return None if target is None else target.fault

    def trace(self, connection: TargetId) -> Trace | None:
        """Return where a connection stands, hop by hop; None when there is none of this id."""
        path, target = self._roll.paths.get(connection), self._roll.targets.get(connection)
        if path is None:
            return None
        return path.trace(()) if target is None else path.trace(target.looks(), target.fault)

    def take(self, outcome: Outcome) -> None:
        """Judge one run. A run of a check that is gone is dropped."""
        track = self._roll.checks.get(outcome.check)
        if track is None:
            return
        check, started = track.check, microseconds(outcome.started)
        track.heard = self._clock.monotonic()
        standing = step(track.standing, outcome.observation, outcome.started, check.confirm)
        self._account(track, standing, started, started + hold(check))
        track.note(standing, track.heard - outcome.duration_seconds)
        before = track.confirmed
        is_news = standing is not track.standing
        has_hint = outcome.observation.fault is not track.hint and rests_on(standing.confirmed, outcome.observation)
        if has_hint:
            track.hint = outcome.observation.fault
        if is_news:
            track.standing = standing
            is_news = track.refresh()
        joint = track.target.joint
        total = None
        if joint is not None:
            joint.credit(microseconds(self._clock.now()))
            total = seconds(joint.amounts)
        self._emit(
            Outcome(
                check=outcome.check,
                vantage=outcome.vantage,
                started=outcome.started,
                duration_seconds=outcome.duration_seconds,
                observation=outcome.observation,
                phases=outcome.phases,
                is_run=outcome.is_run,
                confirmed=track.confirmed,
                seconds=seconds(track.account.amounts),
                connection_seconds=total,
                memory=outcome.memory,
            )
        )
        if track.confirmed is not before:
            self._tell(track, before, is_news=is_news)
        else:
            self._look_again(track, has_hint=has_hint)
        if not track.is_open:
            self._spreading.answer(track.target)
        if self._spreading:
            self._spread(BESIDE_A_RUN)
        if standing.is_pending and check.recheck < check.every:
            self._recheck(check.id, check.recheck)

    def advance(self, now: datetime) -> None:
        """Do what time alone brings: windows open and close, checks become overdue.

        Call it about once a second. Many at once are spread over several calls.
        """
        at, monotonic = microseconds(now), self._clock.monotonic()
        for target_id in self._timetable.edges(at):
            self._pass_edge(self._roll.targets.get(target_id), at)
        for planned, check_id in self._timetable.silent(monotonic):
            track = self._roll.checks.get(check_id)
            if track is not None and track.watched == planned:
                self._look_for(track, at, monotonic)
        self._spread(EACH_SECOND)

    def replace(self, event: InventoryReplaced) -> None:
        """Watch another inventory. Checks that stay, or only changed their name, keep their state and accounts."""
        for _ in self.replacing(event):
            pass

    def replacing(self, event: InventoryReplaced) -> Iterator[None]:
        """Do the same in steps: whoever goes through them may let the loop do other things between two.

        Until the last step the inventory before is in force, whole. One replacement at a time.
        """
        call = yield from roll.calling(event.inventory, self._roll, self._clock.now(), self._clock.monotonic())
        now = self._clock.now()
        self._roll = call.apply(microseconds(now))
        self._timetable.forget_edges()
        self._spreading.keep(self._roll.targets)
        for track in (*self._roll.paced, *self._roll.renamed):
            self._watch(track, track.heard)
        self._emit(event)
        for track in self._roll.renamed:
            self._emit_change(track, None)
        for target in self._roll.touched:
            self._tell_target(target, now)
        for target in self._roll.targets.values():
            if target.calendar is not None or target.is_inside:
                self._pass_edge(target, microseconds(now))

    def _account(self, track: CheckTrack, standing: Standing, at: int, good_until: int) -> None:
        account, joint = track.account, track.target.joint
        account.credit(at)
        found = answers(track.standing, standing)
        if found != NO_ANSWERS:
            account.answer(found)
            if joint is not None:
                joint.answer(track.id, found)
        belief = standing.belief
        account.open(belief, good_until)
        if joint is not None:
            joint.lines[track.id].turn(at, belief, good_until)

    def _tell(self, track: CheckTrack, before: Confirmed, *, is_news: bool) -> None:
        if is_news:
            self._emit_change(track, before if before.reason is not Reason.PENDING else None)
        self._tell_target(track.target, track.confirmed.since)

    def _tell_target(self, target: TargetTrack, began: datetime) -> None:
        blamed, before = target.fault, target.review(began)
        now = target.confirmed
        if now is None:
            return
        if before != now:
            self._emit_news(target, before, now, blamed)
            if target.through and concerns(before, now):
                self._spreading.add(target, now.since)
                self._spread(AT_ONCE)
        elif not _is_alike(blamed, target.fault):
            self._emit_change(target, before)
        self._ask(target)

    def _look_again(self, track: CheckTrack, *, has_hint: bool) -> None:
        """Do what a run brings that leaves its check as it was: another hint, or the look that was awaited."""
        if has_hint and track.target.is_connection:
            self._tell_target(track.target, track.confirmed.since)
        elif track.target.awaits:
            self._locate(track.target)

    def _locate(self, target: TargetTrack) -> None:
        blamed = target.fault
        target.locate()
        if not _is_alike(blamed, target.fault):
            self._emit_change(target, target.confirmed)
        self._ask(target)

    def _ask(self, target: TargetTrack) -> None:
        """Have the systems looked at soon of which a connection awaits a look, and by its own rare checks."""
        for own in target.tracks if target.is_down else ():
            if own.id in target.awaits and own.may_be_asked:
                own.is_asked = True
                self._recheck(own.id, own.check.recheck)
        for one in target.awaits:
            hop = self._roll.targets.get(TargetId(one))
            if hop is not None and self._spreading.ask(hop, target.id) and target.is_down:
                for check_id, after in hop.soon():
                    self._recheck(check_id, after)

    def _emit_news(self, target: TargetTrack, before: Confirmed | None, now: Confirmed, blamed: Fault | None) -> None:
        if before is None and now.reason is Reason.PENDING and not now.maintenance:
            return  # no news, and at a start there would be thousands of them
        if before is None or before.reason is Reason.PENDING:
            self._emit_change(target, None)
        elif (
            before.status is not now.status
            or before.maintenance is not now.maintenance
            or not _is_alike(blamed, target.fault)
        ):
            self._emit_change(target, before)

    def _spread(self, most: int) -> None:
        for connection, began in self._spreading.take(most):
            target = self._roll.targets.get(connection)
            if target is None:
                continue
            if began is None:
                self._locate(target)
            else:
                self._tell_target(target, began)

    def _emit_change(self, track: CheckTrack | TargetTrack, before: Confirmed | None) -> None:
        self._emit(
            StateChanged(
                subject=track.subject if isinstance(track, TargetTrack) else Subject.CHECK,
                id=track.id,
                before=before,
                now=track.confirmed or PENDING,
                at=self._clock.now(),
                seconds=self.seconds(track.id),
                fault=track.fault if isinstance(track, TargetTrack) else None,
            )
        )

    def _pass_edge(self, target: TargetTrack | None, at: int) -> None:
        if target is None:
            return
        calendar = target.calendar
        target.is_inside = calendar is not None and calendar.is_inside(at)
        edge = None if calendar is None else calendar.next_edge(at)
        if edge is not None:
            self._timetable.open_or_close(target.id, edge)
        for track in target.tracks:
            before = track.confirmed
            if track.refresh():
                self._emit_change(track, before)
        self._tell_target(target, moment(at))

    def _watch(self, track: CheckTrack, heard: float) -> None:
        track.watched = heard + patience_seconds(track.check)
        self._timetable.watch(track.id, track.watched)

    def _look_for(self, track: CheckTrack, at: int, monotonic: float) -> None:
        if monotonic < track.heard + patience_seconds(track.check):
            self._watch(track, track.heard)
            return
        self._watch(track, monotonic)
        since = moment(min(track.account.good_until, at))
        standing = unknowing(track.standing, Reason.OVERDUE, "no run has ended for too long", since)
        if standing is track.standing:
            return
        self._account(track, standing, at, at)
        track.target.forget_sight()
        before, track.standing = track.confirmed, standing
        track.refresh()
        self._emit_change(track, before)
        self._tell_target(track.target, track.confirmed.since)
        self._spreading.answer(track.target)


def _is_alike(one: Fault | None, other: Fault | None) -> bool:
    return other is None if one is None else one.is_like(other)
