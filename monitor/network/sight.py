"""What the network saw during a run, for a person who watches it; the daemon keeps nothing of this."""

import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from monitor.inventory import CheckId
from monitor.plugin.vantage import Address, TlsFacts

Opened = TypeVar("Opened")
Peer = tuple[str, int] | None
"""Address and port; None when the socket does not tell."""

MOST = 32
"""Of each sort in one run; what comes after is left out."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A host, and the addresses it has."""

    host: str
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """An address that was connected to, or not: then ``failure`` says why."""

    address: Address
    port: int
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """What became of TLS with one peer.

    Attributes:
        name: The server's, as it was asked for and verified.
        facts: None as long as no handshake succeeded.
        problem: Why the certificate was refused, in the verifier's words; empty when it was not.
    """

    name: str
    peer: Peer
    facts: TlsFacts | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How one assertion of a check came out, and the value it was judged by."""

    assertion: str
    value: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that was seen during one run."""

    lookups: tuple[Lookup, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    handshakes: tuple[Handshake, ...] = ()
    judgements: tuple[Judgement, ...] = ()


NOTHING = Seen()


class Sight:
    """Sees what the runs of one check do, one run at a time."""

    def __init__(self, check: CheckId) -> None:
        self._check = check
        self._lookups: dict[str, Lookup] = {}
        self._attempts: list[Attempt] = []
        self._handshakes: dict[tuple[str, Peer], Handshake] = {}
        self._judgements: list[Judgement] = []

    def of(self, check: CheckId) -> "Sight | None":
        """Return this for the runs of its check; None for others, such as the witnesses' who are asked in doubt."""
        return self if check == self._check else None

    def take(self) -> Seen:
        """Return what was seen since the last time, and begin anew."""
        seen = Seen(
            lookups=tuple(self._lookups.values()),
            attempts=tuple(self._attempts),
            handshakes=tuple(self._handshakes.values()),
            judgements=tuple(self._judgements),
        )
        for one in (self._lookups, self._attempts, self._handshakes, self._judgements):
            one.clear()
        return seen

    def resolved(self, host: str, addresses: Sequence[Address]) -> None:
        """See the addresses of a host."""
        if len(self._lookups) < MOST:
            self._lookups[host] = Lookup(host, tuple(addresses[:MOST]))

    def watching(
        self, connect: Callable[[Address], Awaitable[Opened]], port: int
    ) -> Callable[[Address], Awaitable[Opened]]:
        """Return a function that connects as this one does, and is seen doing it."""

        async def connecting(address: Address) -> Opened:
            try:
                opened = await connect(address)
            except BaseException as error:
                self._attempted(Attempt(address, port, words(error)))
                raise
            self._attempted(Attempt(address, port))
            return opened

        return connecting

    def shook_hands(self, name: str, peer: object, facts: TlsFacts) -> None:
        """See a handshake that succeeded."""
        self._handshake(Handshake(name=name, peer=place(peer), facts=facts))

    def refused(self, name: str, peer: object, problem: str) -> None:
        """See a certificate that was not accepted."""
        self._handshake(Handshake(name=name, peer=place(peer), problem=problem))

    def inspected(self, name: str, peer: tuple[str, int], facts: TlsFacts) -> None:
        """See what a server showed, accepted or not."""
        self._handshake(Handshake(name=name, peer=peer, facts=facts, problem=facts.problem))

    def judged(self, assertion: object, value: object, *, holds: bool) -> None:
        """See how an assertion came out."""
        if len(self._judgements) < MOST:
            self._judgements.append(Judgement(str(assertion), str(value), holds))

    def _attempted(self, attempt: Attempt) -> None:
        if len(self._attempts) < MOST:
            self._attempts.append(attempt)

    def _handshake(self, new: Handshake) -> None:
        key = (new.name, new.peer)
        if (known := self._handshakes.get(key)) is not None:
            # After a refusal comes a trusting handshake with the same peer, for the facts.
            new = replace(new, facts=new.facts or known.facts, problem=new.problem or known.problem)
        if known is not None or len(self._handshakes) < MOST:
            self._handshakes[key] = new


def words(error: BaseException) -> str:
    """Return why a connection failed, in a few words that hold no secret."""
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno).lower()
    return "no answer in time" if isinstance(error, TimeoutError) else "given up"


def place(peer: object) -> Peer:
    """Return the address and the port of what a socket calls its peer."""
    match peer:
        case (str() as address, int() as port, *_):
            return address, port
    return None
