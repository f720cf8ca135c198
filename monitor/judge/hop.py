"""What locating knows of a hop and of a check of the connection, and whether the one was seen since the other failed.

A hub that falls is seen by the connections through it before its own checks look again, and when it comes back its
checks see it before theirs do. A hop is *settled* for a failure once both were seen in the state that they are in now:

* the hop since the failure began: until then its state is older than what it is to be acquitted of;
* the failure since the hop's state began: until then it may be of what the hop was before.

Only frequent checks are waited for. A certificate that is looked at once an hour would keep the fault open for an hour.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import inf

from monitor.inventory import AgencyId, CheckId, TargetId
from monitor.observation import FaultDomain, Status
from monitor.outcome import Confirmed

FREQUENT = timedelta(minutes=5)
"""A check that looks less often than this says nothing of the last minutes: its state stands as it is."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How new that is what the frequent checks of a hop say. Moments are seconds on the monotonic clock.

    Attributes:
        seen: Since then each of them has looked and seen the state that it is in.
        turned: Since then each of them has been in this state.
        is_open: Whether one of them that is not unknown has yet to run, or saw a change that waits to be confirmed.
    """

    seen: float = inf
    turned: float = -inf
    is_open: bool = False


STANDS = Sight()
"""Of a hop that no frequent check looks at."""


@dataclass(frozen=True, slots=True)
class Hop:
    """A system on the path, or the consumer's agency.

    Attributes:
        role: Consumer, hub or provider.
        state: From its own checks; None when no check looks at it.
    """

    role: FaultDomain
    id: TargetId | AgencyId
    state: Confirmed | None = None
    sight: Sight = STANDS

    @property
    def status(self) -> Status | None:
        """The status that its own checks give it; None when there are none."""
        return None if self.state is None else self.state.status


@dataclass(frozen=True, slots=True)
class Look:
    """A check of the connection itself. Moments are seconds on the monotonic clock.

    Attributes:
        hint: Whose fault the answer said it is that the state rests on; None when it did not say.
        began: When the first run that showed the state was heard of.
        seen: When the newest run that showed it started.
    """

    check: CheckId
    state: Confirmed
    hint: FaultDomain | None = None
    began: float = -inf
    seen: float = inf


def awaited(hops: Sequence[Hop], look: Look) -> Iterator[tuple[int, TargetId | AgencyId | CheckId]]:
    """Yield the places of the hops that are not settled for a failure, and what has to be looked at: hop or check."""
    for place, hop in enumerate(hops):
        sight = hop.sight
        if sight.is_open or sight.seen < look.began:
            yield place, hop.id
        elif look.seen < sight.turned:
            yield place, look.check
