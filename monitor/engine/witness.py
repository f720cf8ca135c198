"""Whether our own network works: asked before an ambiguous failure is called the target's."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

import structlog

from monitor.clock import Clock
from monitor.engine.crowd import Crowd
from monitor.vitals import Vitals

Question = Callable[[], Awaitable[bool | None]]
"""True: it answers. False: it is silent. None: it cannot say."""

PEERS = "peers"
ANSWER_SECONDS = 0.15
"""How long an answer may take; a result has to exist 250 ms after its deadline."""
FRESH_SECONDS = 2.0
"""A verdict serves all failures for so long."""
CALM_SECONDS = 1.0
"""An answer so long after the newest verdict says that the network is back; in a flapping one they alternate."""
APART_SECONDS = 0.25
"""Two rounds of questions are at least so far apart."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the witnesses said.

    Attributes:
        asked: When, on the monotonic clock.
        is_up: None when no witness could say.
        peer_answered: Whether something beyond our own premises answered.
    """

    asked: float = float("-inf")
    is_up: bool | None = None
    peer_answered: bool = False


class Witness:
    """The gateway, the name servers, the configured peers, and the other targets: one that answered lately is as good.

    The verdict counts for a failure if it was made in the second half of the failed run: a network that worked then is
    no excuse for a target that had been silent all the time. Gateway and name servers stand for the first steps of the
    way only; when most targets fall silent at once, nothing but an answer from a peer makes that the targets' fault.
    """

    def __init__(self, questions: Mapping[str, Question], clock: Clock, vitals: Vitals) -> None:
        self._questions = questions
        self._monotonic = clock.monotonic
        self._vitals = vitals
        self._answered = float("-inf")
        self._is_down = False
        self._down_until = float("-inf")
        self._verdict = Verdict()
        self._round: asyncio.Task[Verdict] | None = None
        self.crowd = Crowd()
        self._log = structlog.get_logger()

    def answered(self, agency: str, host: str, at: float) -> None:
        """Note that a target, not on this machine, answered."""
        self._answered = at
        self.crowd.answered(agency, host, at)
        if self._is_down:
            self._is_down = False
            self._down_until = at
        if not self._vitals.network_up and at - self._verdict.asked > CALM_SECONDS:
            self._conclude(is_up=True)

    def cut_off(self, agency: str, host: str, at: float) -> None:
        """Note that there is no route to a target: when that is so for most, our own network is down.

        Few may be watched; that all of them are silent is enough then, for a missing route is never a target's fault.
        """
        self.crowd.failed(agency, host, at - APART_SECONDS)
        if self.crowd.is_silent(agency, host) or (self._vitals.network_up is not False and self.crowd.is_all_silent()):
            self._blame_ourselves()

    async def network_failed(self, agency: str, host: str, began: float, ended: float) -> bool:
        """Tell whether our own network is to blame for a run that failed ambiguously."""
        horizon = max(ended - FRESH_SECONDS, min((began + ended) / 2, ended - APART_SECONDS))
        self.crowd.failed(agency, host, horizon)
        verdict = Verdict(is_up=True)
        if self._answered < horizon:
            verdict = await self._ask(horizon)
            await asyncio.sleep(ended + ANSWER_SECONDS - self._monotonic())  # others may be failing at this moment too
        if began <= self._down_until:  # it set out while our network was down, and is late because of that
            return True
        if verdict.is_up is False and self._answered < horizon:
            self._is_down = True
            self._conclude(is_up=False)
            return True
        if self.crowd.is_silent(agency, host) and not (PEERS in self._questions and await self._peer_answers(horizon)):
            self._blame_ourselves()
            return True
        if verdict.is_up:
            self._conclude(is_up=True)
        return False

    def close(self) -> None:
        """Ask nobody any more."""
        if self._round is not None:
            self._round.cancel()

    async def _peer_answers(self, horizon: float) -> bool:
        return (await self._ask(horizon)).peer_answered

    async def _ask(self, horizon: float) -> Verdict:
        if self._verdict.asked >= horizon:
            return self._verdict
        if self._round is None or self._round.done():
            self._round = asyncio.get_running_loop().create_task(self._hear())
        return await asyncio.shield(self._round)

    async def _hear(self) -> Verdict:
        asked = self._monotonic()
        asks = {asyncio.ensure_future(ask()): name for name, ask in self._questions.items()}
        answers: dict[str, bool | None] = {}
        if asks:
            done, late = await asyncio.wait(asks, timeout=ANSWER_SECONDS)
            for task in late:
                task.cancel()
            answers = {asks[task]: None if task.exception() else task.result() for task in done}
            answers |= {asks[task]: False for task in late}
        said = answers.values()
        is_up = True if True in said else False if False in said else None
        self._verdict = Verdict(asked, is_up, answers.get(PEERS) is True)
        return self._verdict

    def _blame_ourselves(self) -> None:
        self._verdict = Verdict(self._monotonic(), is_up=False)
        self._is_down = True
        self._conclude(is_up=False)

    def _conclude(self, *, is_up: bool) -> None:
        if self._vitals.network_up is is_up:
            return
        if not is_up:
            self._log.warning("network.failed")
        elif self._vitals.network_up is False:
            self._log.info("network.recovered")
        self._vitals.network_up = is_up


@lru_cache(maxsize=65536)
def is_loopback(host: str) -> bool:
    """Tell whether a target is this machine itself, for which no network is needed."""
    if host in {"localhost", "ip6-localhost"} or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
