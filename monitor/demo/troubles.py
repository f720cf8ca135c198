"""What goes wrong in the country, and to whom: dealt out once, the same for the same seed."""

import random
from collections.abc import Mapping, Sequence
from enum import StrEnum

from monitor.demo import answer
from monitor.demo.answer import OK, Behaviour, always, flapping, published
from monitor.demo.styles import HOUR_SECONDS, Style


class Trouble(StrEnum):
    """What can be wrong with a check of the demonstration."""

    SLOW = "slow"
    STALE = "stale"
    FLAPPING = "flapping"
    BUSY = "busy"
    """``error_code`` in a 200."""
    FAILED = "failed"
    """``status: FAIL`` in a 200."""
    FAULT = "fault"
    """A SOAP Fault in a 200."""
    UNAVAILABLE = "unavailable"
    UNAUTHORIZED = "unauthorized"
    THROTTLED = "throttled"
    NOTICE = "notice"
    """A page for people in place of the service, in a 200."""
    NO_NAME = "no_name"
    REFUSED = "refused"
    STALLED = "stalled"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    DRIFTING = "drifting"
    """A clock that is wrong."""
    EMPTY = "empty"
    """A directory that finds nobody."""
    OVERLOADED = "overloaded"
    """A WebSocket that opens and closes at once, a mail server that says to come again."""
    AILING = "ailing"
    """A service that says itself that it is not well."""
    MUTE = "mute"
    """Datagrams go out and nothing comes back."""
    WAITING = "waiting"
    """More wait than may."""
    REPORTED = "reported"
    """A failure that is reported by itself."""


FITS: Mapping[Trouble, frozenset[Style]] = {
    Trouble.UNAVAILABLE: frozenset({Style.PING, Style.TOKEN, Style.LOOKUP}),
    Trouble.BUSY: frozenset({Style.LOGIN}),
    Trouble.STALE: frozenset({Style.RECORDS}),
    Trouble.FLAPPING: frozenset({Style.PING, Style.LOOKUP}),
    Trouble.REFUSED: frozenset({Style.GREETING, Style.EXCHANGE}),
    Trouble.STALLED: frozenset({Style.PING}),
    Trouble.EXPIRED: frozenset({Style.CERTIFICATE}),
    Trouble.EXPIRING: frozenset({Style.CERTIFICATE}),
    Trouble.UNAUTHORIZED: frozenset({Style.TOKEN}),
    Trouble.THROTTLED: frozenset({Style.TOKEN, Style.LOOKUP}),
    Trouble.SLOW: frozenset({Style.LOOKUP}),
    Trouble.NOTICE: frozenset({Style.PING, Style.SOAP}),
    Trouble.NO_NAME: frozenset({Style.NAME}),
    Trouble.FAILED: frozenset({Style.EXCHANGE}),
    Trouble.FAULT: frozenset({Style.SOAP}),
    Trouble.DRIFTING: frozenset({Style.TIME}),
    Trouble.EMPTY: frozenset({Style.PEOPLE}),
    Trouble.OVERLOADED: frozenset({Style.EVENTS, Style.MAIL}),
    Trouble.AILING: frozenset({Style.COORDINATION}),
    Trouble.MUTE: frozenset({Style.SENSORS}),
    Trouble.WAITING: frozenset({Style.SPOOL}),
    Trouble.REPORTED: frozenset({Style.BACKUP}),
}
"""By trouble, the styles it may strike; dealt in this order, so that a small country has the first ones."""

ONCE = frozenset({Trouble.EXPIRING, Trouble.EXPIRED})
DOORS = frozenset({Trouble.REFUSED, Trouble.STALLED, Trouble.EXPIRING, Trouble.EXPIRED})
"""Those that are another port, not another answer."""
SHARE = 0.11
"""How much of the country is in trouble."""


def deal(checks: Sequence[tuple[str, Style]], seed: int) -> dict[str, Trouble]:
    """Return the troubled ones among checks, given by id and style."""
    rng = random.Random(seed)  # noqa: S311
    free = list(checks)
    rng.shuffle(free)
    wanted = round(len(free) * SHARE)
    dealt: dict[str, Trouble] = {}
    while len(dealt) < wanted:
        before = len(dealt)
        for trouble, styles in FITS.items():
            if len(dealt) == wanted or (trouble in ONCE and trouble in dealt.values()):
                continue
            struck = next((each for each in free if each[1] in styles), None)
            if struck is not None:
                free.remove(struck)
                dealt[struck[0]] = trouble
        if len(dealt) == before:
            break
    return dealt


def behaviour(trouble: Trouble, check_id: str, seed: int) -> Behaviour:
    """Return what the path of a troubled check answers."""
    if trouble is Trouble.STALE:
        return published(75 * HOUR_SECONDS)
    if trouble is Trouble.FLAPPING:
        offset = random.Random(f"{seed} {check_id}").randrange(240)  # noqa: S311
        return flapping(OK, answer.UNAVAILABLE, good_seconds=150, bad_seconds=90, offset_seconds=offset)
    return always(
        {
            Trouble.SLOW: answer.SLOW,
            Trouble.BUSY: answer.BUSY,
            Trouble.FAILED: answer.FAILED,
            Trouble.FAULT: answer.FAULT,
            Trouble.UNAVAILABLE: answer.UNAVAILABLE,
            Trouble.UNAUTHORIZED: answer.UNAUTHORIZED,
            Trouble.THROTTLED: answer.THROTTLED,
            Trouble.NOTICE: answer.NOTICE,
        }.get(trouble, answer.OK)
    )
