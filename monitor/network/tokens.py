"""Access tokens, kept until shortly before they expire."""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from monitor.clock import Clock

MARGIN_SECONDS = 30.0
MARGIN_RATIO = 0.1
"""A token is not used in its last 30 seconds, nor in the last tenth of a short life."""
MOST_LIFETIME_SECONDS = 86_400.0
KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Token:
    """A token and when to stop using it, on the monotonic clock."""

    text: str
    good_until: float


class TokenStore:
    """The tokens of all plugins, each plugin's apart from the others'."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], Token] = OrderedDict()
        self._fetching: dict[tuple[str, str], asyncio.Future[str | None]] = {}

    async def get(self, plugin: str, key: str, fetch: Callable[[], Awaitable[tuple[str, float]]]) -> str:
        """Return the token kept, or fetch it; whoever comes meanwhile waits and gets the same, failure included."""
        where = (plugin, key)
        while True:
            token = self._kept.get(where)
            if token is not None and self._clock.monotonic() < token.good_until:
                return token.text
            running = self._fetching.get(where)
            if running is None:
                return await self._fetch(where, fetch)
            text = await asyncio.shield(running)
            if text is not None:
                return text
            # Whoever fetched was cancelled: now it is our turn.

    def forget(self, plugin: str, key: str, text: str | None = None) -> None:
        """Drop a token; when its ``text`` is given, only if it is still that one."""
        token = self._kept.get((plugin, key))
        if token is not None and text in (None, token.text):
            del self._kept[plugin, key]

    async def _fetch(self, where: tuple[str, str], fetch: Callable[[], Awaitable[tuple[str, float]]]) -> str:
        running: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._fetching[where] = running
        try:
            text, lifetime = await fetch()
        except Exception as error:
            running.set_exception(error)
            running.exception()  # there may be nobody else to look at it
            raise
        else:
            self._keep(where, text, lifetime)
            running.set_result(text)
            return text
        finally:
            del self._fetching[where]
            if not running.done():
                running.set_result(None)
            del running  # with the error it holds this frame

    def _keep(self, where: tuple[str, str], text: str, lifetime: float) -> None:
        if not math.isfinite(lifetime) or lifetime <= 0:
            return
        lifetime = min(lifetime, MOST_LIFETIME_SECONDS)
        margin = min(MARGIN_SECONDS, lifetime * MARGIN_RATIO)
        self._kept[where] = Token(text, self._clock.monotonic() + lifetime - margin)
        self._kept.move_to_end(where)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


class PluginTokens:
    """The Tokens of ``vantage.tokens``."""

    __slots__ = ("_plugin", "_store")

    def __init__(self, store: TokenStore, plugin: str) -> None:
        self._store = store
        self._plugin = plugin

    async def get(self, key: str, fetch: Callable[[], Awaitable[tuple[str, float]]]) -> str:
        """Return the token kept under ``key``, or the one fetched."""
        return await self._store.get(self._plugin, key, fetch)

    def forget(self, key: str, text: str | None = None) -> None:
        """Drop a token that was refused."""
        self._store.forget(self._plugin, key, text)
