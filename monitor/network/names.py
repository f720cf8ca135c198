"""From host names to addresses, with aiodns.

c-ares keeps answers, negative ones too, and cannot be told not to: so no resolver is used for longer than 30 seconds.
Good answers are kept here for one second more, because many checks look at one host at the same time; a look at a
host that has moved is therefore at most 31 seconds behind, and behind its TTL by at most one.

The name servers are the operator's choice: the egress policy is about targets, not about them.
"""

import asyncio
import time
from collections.abc import Sequence

import aiodns
import pycares.errno as ares

from monitor.network.channel import Channel, opened
from monitor.network.egress import literal
from monitor.network.hostname import canonical
from monitor.network.hosts import HostTable
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import Address, IpProtocol
from monitor.settings import Nameservers

RENEW_SECONDS = 30.0
KEEP_SECONDS = 1.0
OURS = frozenset(
    {
        ares.ARES_ECONNREFUSED, ares.ARES_EOF, ares.ARES_EFILE, ares.ARES_ENOMEM, ares.ARES_EDESTRUCTION,
        ares.ARES_ECANCELLED, ares.ARES_ENOTINITIALIZED, ares.ARES_ESERVICE,
    }
)  # fmt: skip
"""What says something about our resolver rather than about the name."""
WORDS = {
    ares.ARES_ENODATA: "the name has no address",
    ares.ARES_ENOTFOUND: "the name does not exist",
    ares.ARES_ESERVFAIL: "the name server failed (SERVFAIL)",
    ares.ARES_EREFUSED: "the name server refused to answer",
    ares.ARES_ETIMEOUT: "the name servers did not answer",
    ares.ARES_ECONNREFUSED: "no name server can be reached",
}


class Names:
    """The resolver all runs share: literals and /etc/hosts without asking, everything else asked once at a time."""

    def __init__(self, settings: Nameservers, hosts: HostTable | None = None) -> None:
        self._settings = settings
        self._hosts = hosts or HostTable()
        self._channel: Channel | None = None
        self._asked: dict[tuple[str, IpProtocol | None], asyncio.Task[tuple[Address, ...]]] = {}
        self._kept: dict[tuple[str, IpProtocol | None], tuple[Address, ...]] = {}
        self._kept_since = 0.0

    def known(self, host: str, protocol: IpProtocol | None = None) -> tuple[Address, ...]:
        """Return the addresses that are known without asking; none when the name servers have to be asked.

        Raises:
            ProbeError: The text is no host name, or has no address of the family wanted (``Reason.DNS``).
        """
        address = literal(host)
        if address is not None:
            return of_family((address,), protocol, host)
        name = canonical(host)
        found = self._hosts.lookup(name.rstrip("."))
        if found:
            return of_family(found, protocol, host)
        now = time.monotonic()
        if now - self._kept_since >= KEEP_SECONDS:
            self._kept = {}
            self._kept_since = now
        return self._kept.get((name, protocol), ())

    async def lookup(self, host: str, protocol: IpProtocol | None = None) -> Sequence[Address]:
        """Return the addresses of a host.

        Raises:
            ProbeError: The name does not exist or its servers do not say (``Reason.DNS``), or the resolver is ours to
                mend (``Reason.NETWORK``); the cause is the ``aiodns.error.DNSError``.
        """
        found = self.known(host, protocol)
        if found:
            return found
        key = (canonical(host), protocol)
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.ensure_future(self._ask(key))
            task.add_done_callback(lambda done: self._answered(key, done))
        try:
            return await asyncio.shield(task)
        except aiodns.error.DNSError as error:
            raise explained(host, error) from error

    async def fresh(self, host: str, protocol: IpProtocol | None = None) -> Sequence[Address]:
        """As ``lookup``, but on a resolver that remembers nothing."""
        address = literal(host)
        if address is not None:
            return of_family((address,), protocol, host)
        name = canonical(host)
        found = self._hosts.lookup(name.rstrip("."))
        if found:
            return of_family(found, protocol, host)
        channel = opened(self._settings)
        try:
            return await channel.ask(name, protocol)
        except aiodns.error.DNSError as error:
            raise explained(host, error) from error
        finally:
            await channel.retire()

    async def close(self) -> None:
        """Stop asking."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
        if self._channel is not None:
            await self._channel.retire()
            self._channel = None

    async def _ask(self, key: tuple[str, IpProtocol | None]) -> tuple[Address, ...]:
        channel = self._channel
        if channel is None or time.monotonic() - channel.born >= RENEW_SECONDS:
            self._channel = opened(self._settings)
            if channel is not None:
                await channel.retire()
            channel = self._channel
        return await channel.ask(*key)

    def _answered(self, key: tuple[str, IpProtocol | None], task: asyncio.Task[tuple[Address, ...]]) -> None:
        self._asked.pop(key, None)
        if not task.cancelled() and task.exception() is None:
            self._kept[key] = task.result()


def of_family(addresses: tuple[Address, ...], protocol: IpProtocol | None, host: str) -> tuple[Address, ...]:
    """Return those of the family wanted.

    Raises:
        ProbeError: There are none.
    """
    if protocol is None:
        return addresses
    version = 4 if protocol is IpProtocol.IP4 else 6
    found = tuple(address for address in addresses if address.version == version)
    if not found:
        raise ProbeError(Reason.DNS, f"{host} has no IPv{version} address")
    return found


def explained(host: str, error: aiodns.error.DNSError) -> ProbeError:
    """Return the error in our words."""
    number = error.args[0] if error.args else 0
    words = WORDS.get(number) or str(error.args[-1] if error.args else "unknown error")
    return ProbeError(Reason.NETWORK if number in OURS else Reason.DNS, f"{host}: {words}")
