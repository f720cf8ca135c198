"""When a check is due: on a beat that follows from its id alone."""

from datetime import timedelta
from hashlib import blake2b

from monitor.inventory import CheckId

BEAT = timedelta(milliseconds=20)


def phase(check_id: CheckId, every: timedelta, beat: timedelta = BEAT) -> float:
    """Return how many seconds after each whole multiple of ``every`` the check is due, in ``[0, every)``.

    It is a hash of the id, equal in every process, and lies on the grid of ``beat`` so that several starts share one
    wake-up of the loop.
    """
    fraction = int.from_bytes(blake2b(check_id.encode(), digest_size=6).digest(), "big") / (1 << 48)
    step = beat.total_seconds()
    return int(fraction * every.total_seconds() / step) * step


def next_due(check_id: CheckId, every: timedelta, now: float, beat: timedelta = BEAT) -> float:
    """Return the first moment after ``now`` at which the check is due.

    Phases come from a hash of the id, so a restart keeps every beat. Moments are seconds since the epoch; the one
    returned lies in ``(now, now + every]``.
    """
    interval = every.total_seconds()
    return now + interval - (now - phase(check_id, every, beat)) % interval
