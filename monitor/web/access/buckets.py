"""Token buckets: so many at once, and one more after each interval."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

MOST_KEYS = 4096


class Bucket:
    """A bucket that is full at the start.

    Args:
        burst: How many tokens it holds.
        interval_seconds: After which one more is in it.
        now: Seconds on a monotonic clock.
    """

    __slots__ = ("_at", "_burst", "_interval", "_tokens")

    def __init__(self, burst: float, interval_seconds: float, now: float) -> None:
        self._burst = burst
        self._interval = interval_seconds
        self._tokens = burst
        self._at = now

    def tokens(self, now: float) -> float:
        """Return how many tokens there are."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) / self._interval)
        self._at = now
        return self._tokens

    def wait(self, now: float) -> float:
        """Return the seconds until there is a token; 0 when there is one."""
        return max(0.0, (1 - self.tokens(now)) * self._interval)

    def take(self, now: float) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        seconds = self.wait(now)
        if not seconds:
            self._tokens -= 1
        return seconds


class Buckets:
    """A bucket for each key; those that were not used for the longest time are forgotten first."""

    def __init__(self, burst: float, interval_seconds: float) -> None:
        self._burst = burst
        self._interval = interval_seconds
        self._by_key: OrderedDict[str, Bucket] = OrderedDict()

    def of(self, key: str, now: float) -> Bucket:
        """Return the bucket of a key."""
        found = self._by_key.get(key)
        if found is None:
            found = self._by_key[key] = Bucket(self._burst, self._interval, now)
            if len(self._by_key) > MOST_KEYS:
                self._by_key.popitem(last=False)
        self._by_key.move_to_end(key)
        return found


def neighbourhood(address: str) -> str:
    """Return what stands for one client: an IPv4 address, or the /64 of an IPv6 one, which is one household's."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(IPv6Address(int(found) >> 64 << 64))
