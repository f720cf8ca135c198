"""The runs of a target, as far as its newest heartbeats tell."""

from dataclasses import dataclass

from monitor.plugin import Heartbeat, HeartbeatState, Inbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """The newest heartbeats.

    Attributes:
        newest: Whatever its state; None when nothing has come yet.
        end: The newest success or failure.
    """

    newest: Heartbeat | None
    start: Heartbeat | None
    success: Heartbeat | None
    end: Heartbeat | None

    @classmethod
    def of(cls, inbox: Inbox) -> "Runs":
        """Return what an inbox holds."""
        return cls(
            newest=inbox.newest(),
            start=inbox.newest(HeartbeatState.START),
            success=inbox.newest(HeartbeatState.SUCCESS),
            end=inbox.newest(HeartbeatState.SUCCESS, HeartbeatState.FAIL),
        )

    @property
    def is_running(self) -> bool:
        """Whether the run that started last has not ended; an end with another run's id is not its end."""
        if self.start is None or self.newest is None:
            return False
        if self.end is None or self.newest.state is HeartbeatState.START:
            return True
        return bool(self.start.run_id and self.end.run_id) and self.start.run_id != self.end.run_id
