"""The answer to one request as far as it has come, whichever version of HTTP it comes in."""

import asyncio
from time import perf_counter

from aiohttp.http_parser import RawResponseMessage

from monitor.observation import Reason
from monitor.plugin.errors import ProbeError


class Reception:
    """Holds what the readers of all versions have in common.

    Attributes:
        done: Ends when the answer is complete or can no longer become so; never fails by itself.
        error: Why there is no answer.
        message: The final head, once it is there.
        first: When the first byte came, on ``time.perf_counter()``; 0 before.
        ended: When the last one did.
        has_more: Whether the peer had sent something behind an answer without a body.
    """

    def __init__(self, *, max_body: int = 0, is_head_enough: bool = False, follows: bool = False) -> None:
        """Make ready for one answer.

        When ``is_head_enough``, it has no body, whatever its head says; when it ``follows``, a redirect is complete
        without its body.
        """
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.error: Exception | None = None
        self.message: RawResponseMessage | None = None
        self.first = 0.0
        self.ended = 0.0
        self.has_more = False
        self._max_body = max_body
        self._is_head_enough = is_head_enough
        self._follows = follows
        self._transport: asyncio.Transport | None = None

    def check(self) -> None:
        """Return if there is an answer.

        Raises:
            ProbeError: There is none, for a reason known by name.
            OSError: The connection broke.
        """
        error, self.error = self.error, None  # it will hold whoever asked, who holds this
        try:
            if error is not None:
                raise error
        finally:
            del error

    def _too_large(self) -> ProbeError:
        return ProbeError(Reason.TOO_LARGE, f"the body is over {self._max_body} bytes")

    def _go_on_reading(self) -> None:
        """Read on, after the others had their turn."""
        if not self.ended and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _end(self, error: Exception | None) -> None:
        if self.ended:
            return
        self.error = error
        self.ended = perf_counter()
        if not self.done.done():
            self.done.set_result(None)
