"""A password that is being judged, for one request or for several that brought the same one."""

import asyncio
from dataclasses import dataclass, field


class TooOftenError(Exception):
    """No password is judged now.

    Attributes:
        after_seconds: When to come back.
    """

    def __init__(self, after_seconds: float) -> None:
        super().__init__(after_seconds)
        self.after_seconds = after_seconds


@dataclass(slots=True, eq=False)
class Judging:
    """A password that waits to be judged, or is being judged, for one request or several.

    Attributes:
        address: Of whoever brought it first.
        begin: Set when it is its turn.
    """

    address: str
    begin: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[bool] | None" = None

    def give_way(self) -> None:
        """End it without a result."""
        if self.task is not None:
            self.task.cancel()

    async def ended(self) -> bool:
        """Return whether the password is right.

        Raises:
            TooOftenError: It has given way.
        """
        assert self.task is not None  # noqa: S101 - it was begun with one
        try:
            return await asyncio.shield(self.task)
        except asyncio.CancelledError:
            if self.task.cancelled():
                raise TooOftenError(1.0) from None
            raise
