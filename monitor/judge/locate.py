"""Where a connection is broken, and who has to act: the first broken hop of its path, from what was seen.

A path is walked from the consumer over the hubs to the provider. Three sorts of evidence are weighed:

1. *A hop's own checks.* A hop that is down is broken; the first one counts, whatever is seen behind it.
2. *What the answer to a check of the connection says*: the fault that the probe was told (X-Road names the side on
   which it broke), or a reason that has an owner (``owners``).
3. *Elimination*, for a check of the connection that failed without a word on whose fault it is. Nobody can refuse a
   connection, end a handshake or speak another protocol but the first system on the way. An answer that was lost was
   lost at the first hop that is not known to work, or in the network when all of them work. An answer that came and
   was bad comes from a hop that is degraded, else from the last one that is not known to work, else from the provider.
   As long as another hop may still turn out to be the broken one (``hop``) nobody is blamed anew: who was found before
   stays, and a failure that is new is not located yet.

Of two hops found in the first two ways the one nearer the consumer is broken first; elimination counts only where they
find none. What the monitor could not look at is its own fault and makes nobody's connection down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.inventory import AgencyId, CheckId, TargetId
from monitor.judge.hop import Hop, Look, awaited
from monitor.judge.owners import said
from monitor.observation import REFUSED_CERTIFICATE, FaultDomain, Reason, Status
from monitor.outcome import NEVER, Confirmed, Fault, Ground

CONSUMER, HUB, PROVIDER = FaultDomain.CONSUMER, FaultDomain.HUB, FaultDomain.PROVIDER

AT_THE_DOOR = REFUSED_CERTIFICATE | {
    Reason.REFUSED, Reason.DNS, Reason.TLS, Reason.PROTOCOL, Reason.REDIRECT, Reason.HEADER, Reason.TOO_LARGE,
    Reason.REVOCATION_UNKNOWN, Reason.CERTIFICATE_EXPIRES,
}  # fmt: skip
"""Only the system that the check connects to can do this."""

LOST = frozenset({Reason.TIMEOUT, Reason.DISCONNECTED, Reason.UNREACHABLE})
"""No answer came back; where it was lost the check cannot know."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a connection is broken, as far as is known.

    Attributes:
        fault: The first broken hop with its domain; None when nothing is known to be broken, or not yet where.
        awaits: The systems and checks of which a look is awaited that may name another hop.
    """

    fault: Fault | None = None
    awaits: tuple[TargetId | AgencyId | CheckId, ...] = ()


NOWHERE = Location()
WELL = Confirmed(Status.UP, None, NEVER)


class HopVerdict(StrEnum):
    """How a hop stands on one path."""

    UP = "up"
    DEGRADED = "degraded"
    BROKEN = "broken"
    UNREACHABLE = "unreachable"
    """It lies behind the broken hop: nothing is said about itself."""
    UNKNOWN = "unknown"
    UNSEEN = "unseen"
    """No check looks at it."""


def locate(hops: Sequence[Hop], looks: Sequence[Look], before: Fault | None = None) -> Location:
    """Return the first broken hop with its fault domain, or what has to be seen before one can be named.

    Args:
        hops: Consumer, hubs and provider, in this order; at least the first and the last.
        looks: The connection's own checks.
        before: What was found the last time.
    """
    broken = next((place for place, hop in enumerate(hops) if hop.status is Status.DOWN), None)
    found = [] if broken is None else [(broken, _of_hop(hops[broken]))]
    for status in (Status.DOWN, Status.DEGRADED):
        seen = [look for look in looks if look.state.status is status]
        found += [one for look in seen if (one := _said(hops, look)) is not None]
        if found:
            return Location(_first(found))
        if seen:
            return _left_over(hops, seen, before)
    return Location(_ours(hops, looks))


def verdicts(hops: Sequence[Hop], fault: Fault | None) -> tuple[HopVerdict, ...]:
    """Return how each hop stands on its path: what lies behind the broken one is unreachable, not down."""
    broken = next((place for place, hop in enumerate(hops) if fault is not None and hop.id == fault.at), len(hops))
    is_between = fault is not None and fault.domain is FaultDomain.NETWORK
    is_cut = fault is not None and fault.status is Status.DOWN
    found = []
    for place, hop in enumerate(hops):
        if place == broken and not is_between:
            found.append(HopVerdict.BROKEN if is_cut else HopVerdict.DEGRADED)
        elif place >= broken and is_cut:
            found.append(HopVerdict.UNREACHABLE)
        else:
            found.append(HopVerdict.UNSEEN if hop.state is None else HopVerdict(_plain(hop.state.status)))
    return tuple(found)


def _plain(status: Status) -> str:
    return HopVerdict.BROKEN if status is Status.DOWN else status


def _first(found: Sequence[tuple[int, Fault]]) -> Fault:
    return min(found, key=lambda one: (one[0], one[1].since))[1]


def _left_over(hops: Sequence[Hop], seen: Sequence[Look], before: Fault | None) -> Location:
    """Return what elimination leaves over, once no other hop can turn out to be the broken one."""
    found, awaits = [], []
    for look in seen:
        guess = _guessed(hops, look)
        others = [one for place, one in awaited(hops, look) if not _is_sure(hops, look, guess, place)]
        awaits += others
        if not others:
            found.append(guess)
    if found:
        return Location(_first(found))
    is_kept = before is not None and before.status is seen[0].state.status and any(before.at == hop.id for hop in hops)
    return Location(before if is_kept else None, tuple(dict.fromkeys(awaits)))


def _is_sure(hops: Sequence[Hop], look: Look, guess: tuple[int, Fault], place: int) -> bool:
    """Tell whether the guess stands whatever the checks of the hop at ``place`` are going to say."""
    at, fault = guess
    if fault.ground is not Ground.ELIMINATION:
        return True
    if at != place or fault.domain is FaultDomain.NETWORK:
        return False
    well = [Hop(hop.role, hop.id, WELL) if number == at else hop for number, hop in enumerate(hops)]
    return _guessed(well, look)[0] == at


def _of_hop(hop: Hop) -> Fault:
    state = hop.state
    assert state is not None  # noqa: S101 - it is down
    assert state.reason is not None  # noqa: S101
    return Fault(
        domain=hop.role,
        at=hop.id,
        status=state.status,
        reason=state.reason,
        ground=Ground.HOP,
        check=None,
        since=state.since,
        detail=state.detail,
    )


def _of_look(look: Look, domain: FaultDomain, at: TargetId | AgencyId, ground: Ground) -> Fault:
    state = look.state
    assert state.reason is not None  # noqa: S101 - it is not up
    return Fault(
        domain=domain,
        at=at,
        status=state.status,
        reason=state.reason,
        ground=ground,
        check=look.check,
        since=state.since,
        detail=state.detail,
    )


def _said(hops: Sequence[Hop], look: Look) -> tuple[int, Fault] | None:
    """Return the place and the fault that a check's answer or reason names; None when they name none."""
    named = said(look.state.reason, look.hint, look.state.detail)
    if named is None:
        return None
    place = _place(hops, named.domain)
    domain = named.domain if named.domain is FaultDomain.NETWORK else hops[place].role
    return place, _of_look(look, domain, hops[place].id, named.ground)


def _place(hops: Sequence[Hop], domain: FaultDomain) -> int:
    """Return which hop a domain means; a path without hubs has the provider in their place."""
    last = len(hops) - 1
    if domain is CONSUMER:
        return 0
    if domain is HUB and last > 1:
        hubs = range(1, last)
        for wanted in ({Status.DOWN}, {Status.DEGRADED}, {Status.UNKNOWN, None}):
            for place in hubs:
                if hops[place].status in wanted:
                    return place
        return 1
    if domain is FaultDomain.NETWORK:
        return next((place for place in range(1, last + 1) if hops[place].status is not Status.UP), 1)
    return last


def _guessed(hops: Sequence[Hop], look: Look) -> tuple[int, Fault]:
    """Return the place and the fault that are left over; no hop is down."""
    reason, behind = look.state.reason, range(1, len(hops))
    if reason in AT_THE_DOOR:
        return 1, _of_look(look, hops[1].role, hops[1].id, Ground.DOOR)
    doubtful = [place for place in behind if hops[place].status is not Status.UP]
    if reason in LOST:
        place = doubtful[0] if doubtful else 1
        domain = hops[place].role if doubtful else FaultDomain.NETWORK
        return place, _of_look(look, domain, hops[place].id, Ground.ELIMINATION)
    slow = [place for place in behind if hops[place].status is Status.DEGRADED]
    place = (slow[:1] or doubtful[-1:] or [len(hops) - 1])[0]
    return place, _of_look(look, hops[place].role, hops[place].id, Ground.ELIMINATION)


def _ours(hops: Sequence[Hop], looks: Sequence[Look]) -> Fault | None:
    """Return the fault of the monitor that keeps the connection unknown; None when there is none."""
    states: list[tuple[CheckId | None, Confirmed]] = [(look.check, look.state) for look in looks]
    states += [(None, hop.state) for hop in hops if hop.state is not None and not looks]
    for check, state in states:
        if state.status is Status.UNKNOWN and state.reason not in {None, Reason.PENDING}:
            return Fault(
                domain=FaultDomain.MONITOR,
                at="",
                status=state.status,
                reason=state.reason,
                ground=Ground.OURS,
                check=check,
                since=state.since,
                detail=state.detail,
            )
    return None
