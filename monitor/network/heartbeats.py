"""The newest heartbeats of every check: in memory, bounded, and where a history is kept in that, too."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.clock import Clock
from monitor.inventory import CheckId
from monitor.network.kept import Kept, digest, inbox_of, read, written
from monitor.network.memory import Blank, Memories
from monitor.plugin.errors import ProbeError
from monitor.plugin.heartbeat import Heartbeat, HeartbeatState

MOST_SKEW = timedelta(minutes=5)
"""Between a sender's clock and ours; what is older may have been recorded and sent again."""
STEP_SECONDS = 1.0
"""A difference between the clocks that is a step of the wall clock."""
BURST = 10
PER_SECOND = 1.0
"""Heartbeats of one check, on the average and at once."""
NONCES = 64
TWINS = 16
"""Heartbeats of one moment."""


class ReplayedError(Exception):
    """A heartbeat that came before, or may have."""


class TooOftenError(Exception):
    """More heartbeats than a check may send.

    Attributes:
        after_seconds: When the next one is taken.
    """

    def __init__(self, after_seconds: float) -> None:
        super().__init__(after_seconds)
        self.after_seconds = after_seconds


class Box:
    """The heartbeats of one check; fulfils ``monitor.plugin.Inbox``.

    What it kept before the monitor began is read when it is first needed; as long as that cannot be, there is only what
    has come since.
    """

    def __init__(self, clock: Clock, former: Callable[[], bytes] = bytes) -> None:
        self._clock = clock
        self._former = former
        self._since = (clock.monotonic(), clock.now())
        self._before: Mapping[HeartbeatState, Heartbeat] | None = None
        self._kept: dict[HeartbeatState, tuple[int, float, Heartbeat]] = {}
        self._count = 0
        self._sent: datetime | None = None
        self._twins: set[str] = set()
        self._nonces: deque[str] = deque(maxlen=NONCES)
        self._allowed = float(BURST)
        self._allowed_at = clock.monotonic()

    @property
    def since(self) -> datetime:
        """From when on heartbeats have been taken."""
        return self._moment(*self._since)

    def newest(self, *states: HeartbeatState) -> Heartbeat | None:
        """Return the newest heartbeat in one of these states, or in any."""
        found = [self._kept[state] for state in states or HeartbeatState if state in self._kept]
        if not found:
            return self._newest_before(states or tuple(HeartbeatState))
        _, at, heartbeat = max(found, key=lambda one: one[0])
        return replace(heartbeat, received=self._moment(at, heartbeat.received))

    def put(self, heartbeat: Heartbeat) -> None:
        """Take a heartbeat.

        Raises:
            ReplayedError: It is not newer than what has come.
            TooOftenError: Too many have come.
        """
        self._remember()
        self._spend()
        if heartbeat.sent is not None:
            self._check_sent(heartbeat, heartbeat.sent)
        if heartbeat.nonce:
            known = digest(heartbeat.nonce)
            if known in self._nonces:
                raise ReplayedError("a heartbeat with this nonce has come already; send each with a new one")
            self._nonces.append(known)
        if heartbeat.sent is not None:
            if heartbeat.sent != self._sent:
                self._twins.clear()
            self._sent = heartbeat.sent
            self._twins.add(_twin(heartbeat))
        self._count += 1
        self._kept[heartbeat.state] = (self._count, self._clock.monotonic(), heartbeat)

    def forgive(self, heartbeat: Heartbeat) -> None:
        """Let a heartbeat that was taken come once more: its sender is told to send it again."""
        self._twins.discard(_twin(heartbeat))
        if heartbeat.nonce and digest(heartbeat.nonce) in self._nonces:
            self._nonces.remove(digest(heartbeat.nonce))

    def content(self, cover: Callable[[str], str]) -> bytes:
        """Return what is to outlive a restart; ``cover`` takes out of a text what must not be repeated."""
        heartbeats = {state: one for state in HeartbeatState if (one := self.newest(state)) is not None}
        return written(
            Kept(heartbeats=heartbeats, nonces=tuple(self._nonces), sent=self._sent, twins=frozenset(self._twins)),
            cover,
        )

    def _newest_before(self, states: Sequence[HeartbeatState]) -> Heartbeat | None:
        """Return the newest heartbeat from before the start; the clock may have been set back in between."""
        before = self._remember()
        found = max((before[one] for one in states if one in before), key=lambda one: one.received, default=None)
        return None if found is None else replace(found, received=min(found.received, self.since))

    def _remember(self) -> Mapping[HeartbeatState, Heartbeat]:
        """Return the heartbeats from before the start; the first time, take what tells them again."""
        if self._before is None:
            try:
                kept = read(self._former())
            except ProbeError:  # there is no history, or it cannot be read now
                return {}
            self._before = kept.heartbeats
            self._nonces.extendleft(reversed(kept.nonces[: NONCES - len(self._nonces)]))
            if kept.sent is not None and (self._sent is None or kept.sent > self._sent):
                self._sent, self._twins = kept.sent, {*kept.twins}
        return self._before

    def _check_sent(self, heartbeat: Heartbeat, sent: datetime) -> None:
        now = self._clock.now()
        if abs(now - sent) > MOST_SKEW:
            minutes = MOST_SKEW.total_seconds() / 60
            raise ReplayedError(
                f"sent_at is more than {minutes:g} minutes from the monitor's clock, which is at"
                f" {now.isoformat(timespec='seconds')}; set the sender's clock, and send heartbeats at once"
            )
        if self._sent is not None and sent < self._sent:
            raise ReplayedError("a heartbeat that was sent later has come already; this one is dropped")
        if sent == self._sent and (_twin(heartbeat) in self._twins or len(self._twins) >= TWINS):
            raise ReplayedError("this heartbeat has come already; send each once, with the time it is sent at")

    def _spend(self) -> None:
        now = self._clock.monotonic()
        self._allowed = min(BURST, self._allowed + (now - self._allowed_at) * PER_SECOND)
        self._allowed_at = now
        if self._allowed < 1:
            raise TooOftenError((1 - self._allowed) / PER_SECOND)
        self._allowed -= 1

    def _moment(self, monotonic: float, wall: datetime) -> datetime:
        """Return what the wall clock would have shown then, had it gone as it does now."""
        now = self._clock.now()
        step = now - wall - timedelta(seconds=self._clock.monotonic() - monotonic)
        return wall if abs(step.total_seconds()) < STEP_SECONDS else wall + step


class Heartbeats:
    """The boxes of all checks."""

    def __init__(self, clock: Clock, memories: Memories | None = None) -> None:
        """Have no box yet; ``memories`` hold what they kept before."""
        self._clock = clock
        self._memories = memories or Blank()
        self._boxes: dict[CheckId, Box] = {}

    def keep(self, checks: Iterable[CheckId]) -> None:
        """Have a box for each of these checks, and no other; one that was there stays as it is."""
        self._boxes = {check: self._boxes.get(check) or self._new(check) for check in checks}

    def box(self, check: CheckId) -> Box:
        """Return the box of a check; an empty one when it has none."""
        return self._boxes.get(check) or Box(self._clock)

    def _new(self, check: CheckId) -> Box:
        return Box(self._clock, lambda: self._memories.read(inbox_of(check)))


def _twin(heartbeat: Heartbeat) -> str:
    return digest(heartbeat.state, heartbeat.run_id, heartbeat.nonce)
