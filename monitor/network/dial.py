"""Connecting: every TCP connection, UDP and ICMP socket of the monitor is opened here, and vetted here.

As in blackbox_exporter one address is looked at, not the first of several that answers: a host that is half there is
not up. It is the first address of the preferred family, and with a fallback that of the other family when the name
has none of the preferred one. Beyond that we pass over only what says nothing about the target: an address that we
may not connect to, and a family that this machine cannot send anything to.
"""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from monitor.network.echoes import EchoSocket, opened
from monitor.network.egress import literal, reached, spelled
from monitor.network.ledger import Ledger
from monitor.network.needs import Policy, Resolver
from monitor.network.sight import Sight
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import Address, EchoOptions, IpProtocol

Made = TypeVar("Made", bound=asyncio.BaseProtocol)
Opened = TypeVar("Opened")

OURS = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EACCES, errno.EPERM})
"""What one family of addresses may fail with before anything is sent."""


class Dialler:
    """Opens connections to vetted addresses."""

    def __init__(self, names: Resolver, egress: Policy, sight: Sight | None = None) -> None:
        self.names = names
        self.egress = egress
        self.sight = sight

    async def addresses(
        self, host: str, preferred: IpProtocol, *, fallback: bool, source: Address | None = None
    ) -> Sequence[Address]:
        """Return the address of a host to connect to, and that of the other family if there may be a fallback to it.

        Args:
            host: A name or an address.
            preferred: The family of the first one.
            fallback: Whether the other family will do.
            source: Our own address to connect from: the family is its.

        Raises:
            ProbeError: There is none.
        """
        address = literal(host) if fallback else None
        if address is not None:
            return within_reach(host, (address,), source)
        only = None if fallback else preferred
        found = self.names.known(host, only) or await self.names.lookup(host, only)
        if self.sight is not None:
            self.sight.resolved(host, found)
        if len(found) == 1:
            return within_reach(host, found, source)
        allowed = [each for each in within_reach(host, found, source) if self.egress.is_allowed(each)]
        version = 6 if preferred is IpProtocol.IP6 else 4
        first_of = {each.version: each for each in reversed(allowed or found)}
        return sorted(first_of.values(), key=lambda each: each.version != version)

    async def stream(
        self,
        make: Callable[[], Made],
        addresses: Sequence[Address],
        port: int,
        ledger: Ledger,
        source: Address | None = None,
    ) -> tuple[asyncio.Transport, Made, Address]:
        """Open a TCP connection.

        Raises:
            ProbeError: The address is not allowed, the run is over, or ``source`` is not ours.
            OSError: The address does not take it.
        """
        loop = asyncio.get_running_loop()
        local = (spelled(source), 0) if source else None

        async def one(address: Address) -> tuple[asyncio.Transport, Made, Address]:
            transport, protocol = await loop.create_connection(make, spelled(address), port, local_addr=local)
            ledger.opened.add(transport)
            return transport, protocol, address

        opening = one if ledger.sight is None else ledger.sight.watching(one, port)
        if len(addresses) == 1 and source is None:  # the common case, without the price of the other
            ledger.check()
            self.egress.check(addresses[0])
            return await opening(addresses[0])
        return await self._first(opening, addresses, ledger, source)

    async def datagrams(
        self,
        make: Callable[[], Made],
        addresses: Sequence[Address],
        port: int,
        ledger: Ledger,
        source: Address | None = None,
    ) -> tuple[asyncio.DatagramTransport, Made, Address]:
        """Open a UDP socket connected to an address.

        Raises:
            ProbeError: The address is not allowed, the run is over, or ``source`` is not ours.
            OSError: The address cannot be reached.
        """
        loop = asyncio.get_running_loop()

        async def one(address: Address) -> tuple[asyncio.DatagramTransport, Made, Address]:
            if source is None:
                endpoint = loop.create_datagram_endpoint(make, remote_addr=(spelled(address), port))
            else:
                endpoint = loop.create_datagram_endpoint(make, sock=bound(source, address, port))
            transport, protocol = await endpoint
            ledger.opened.add(transport)
            return transport, protocol, address

        opening = one if ledger.sight is None else ledger.sight.watching(one, port)
        return await self._first(opening, addresses, ledger, source)

    async def echoes(self, addresses: Sequence[Address], options: EchoOptions, ledger: Ledger) -> EchoSocket:
        """Open a socket for ICMP echo connected to the first address that there is a way to.

        Raises:
            ProbeError: No address is allowed, the run is over, or we may have no such socket.
            OSError: There is no way to any address.
        """

        async def one(address: Address) -> EchoSocket:
            made = opened(reached(address), options)  # no ICMPv6 socket sends to an IPv4 address that IPv6 wraps
            ledger.opened.add(made)
            return made

        return await self._first(one, addresses, ledger, options.source)

    async def _first(
        self,
        one: Callable[[Address], Awaitable[Opened]],
        addresses: Sequence[Address],
        ledger: Ledger,
        source: Address | None,
    ) -> Opened:
        last = len(addresses) - 1
        for number, address in enumerate(addresses):
            ledger.check()
            self.egress.check(address)
            try:
                return await one(address)
            except OSError as error:
                if source is not None and error.errno == errno.EADDRNOTAVAIL:
                    raise ProbeError(
                        Reason.NETWORK, f"source_ip_address {source} is no address of this machine"
                    ) from error
                if number == last or error.errno not in OURS:
                    raise
        raise ProbeError(Reason.DNS, "the name has no address")


def bound(source: Address, address: Address, port: int) -> socket.socket:
    """Return a UDP socket from one address to another: given a local one, uvloop loses the error and the socket.

    Raises:
        OSError: ``source`` is not ours, or there is no way.
    """
    opened = socket.socket(socket.AF_INET if source.version == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)  # noqa: FBT003 - the library's signature
        opened.bind((spelled(source), 0))
        opened.connect((spelled(address), port))
    except OSError:
        opened.close()
        raise
    return opened


def within_reach(host: str, addresses: Sequence[Address], source: Address | None) -> Sequence[Address]:
    """Return those addresses that one of ours can connect to: the ones of its own family.

    Raises:
        ProbeError: There are none.
    """
    if source is None:
        return addresses
    found = [reached(each) for each in addresses if reached(each).version == source.version]
    if not found:
        raise ProbeError(
            Reason.NETWORK, f"{host} has no IPv{source.version} address to connect to from source_ip_address {source}"
        )
    return found
