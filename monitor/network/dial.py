"""Connecting: every TCP connection, UDP and ICMP socket of the monitor is opened here, and vetted here."""

import asyncio
import errno
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from monitor.clock import Clock
from monitor.network.echoes import EchoSocket, opened
from monitor.network.egress import EgressPolicy, literal, spelled
from monitor.network.ledger import Ledger
from monitor.network.names import Names
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import Address, EchoOptions, IpProtocol

Made = TypeVar("Made", bound=asyncio.BaseProtocol)
Opened = TypeVar("Opened")

OURS = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EACCES, errno.EPERM})
"""What one family of addresses may fail with through no fault of the target's."""


class Dialler:
    """Opens connections to vetted addresses, in the order of preference."""

    def __init__(self, names: Names, egress: EgressPolicy, clock: Clock) -> None:
        self.names = names
        self.egress = egress
        self._clock = clock

    async def addresses(self, host: str, preferred: IpProtocol, *, fallback: bool) -> Sequence[Address]:
        """Return the addresses of a host, those of the preferred family first, or alone.

        Raises:
            ProbeError: There are none.
        """
        address = literal(host)
        if address is not None:
            return (address,)
        only = None if fallback else preferred
        found = self.names.known(host, only) or await self.names.lookup(host, only)
        version = 6 if preferred is IpProtocol.IP6 else 4
        return sorted(found, key=lambda each: each.version != version) if len(found) > 1 else found

    async def stream(
        self, make: Callable[[], Made], addresses: Sequence[Address], port: int, ledger: Ledger
    ) -> tuple[asyncio.Transport, Made, Address]:
        """Open a TCP connection to the first address that takes it.

        Raises:
            ProbeError: No address is allowed, or the run is over.
            OSError: No address takes it.
        """
        loop = asyncio.get_running_loop()

        async def one(address: Address) -> tuple[asyncio.Transport, Made, Address]:
            transport, protocol = await loop.create_connection(make, spelled(address), port)
            ledger.opened.add(transport)
            return transport, protocol, address

        if len(addresses) == 1:  # the common case, without the price of the other
            ledger.check()
            self.egress.check(addresses[0])
            return await one(addresses[0])
        return await self._first(one, addresses, ledger)

    async def datagrams(
        self, make: Callable[[], Made], addresses: Sequence[Address], port: int, ledger: Ledger
    ) -> tuple[asyncio.DatagramTransport, Made, Address]:
        """Open a UDP socket connected to the first address that can be reached.

        Raises:
            ProbeError: No address is allowed, or the run is over.
            OSError: No address can be reached.
        """
        loop = asyncio.get_running_loop()

        async def one(address: Address) -> tuple[asyncio.DatagramTransport, Made, Address]:
            transport, protocol = await loop.create_datagram_endpoint(make, remote_addr=(spelled(address), port))
            ledger.opened.add(transport)
            return transport, protocol, address

        return await self._first(one, addresses, ledger)

    async def echoes(self, addresses: Sequence[Address], options: EchoOptions, ledger: Ledger) -> EchoSocket:
        """Open a socket for ICMP echo connected to the first address that there is a way to.

        Raises:
            ProbeError: No address is allowed, the run is over, or we may have no such socket.
            OSError: There is no way to any address.
        """

        async def one(address: Address) -> EchoSocket:
            made = opened(address, options)
            ledger.opened.add(made)
            return made

        return await self._first(one, addresses, ledger)

    async def _first(
        self, one: Callable[[Address], Awaitable[Opened]], addresses: Sequence[Address], ledger: Ledger
    ) -> Opened:
        failures: list[OSError | ProbeError] = []
        for tried, address in enumerate(addresses, 1):
            ledger.check()
            try:
                self.egress.check(address)
                left = len(addresses) - tried
                if not left:
                    return await one(address)
                async with asyncio.timeout(share(ledger.deadline - self._clock.monotonic(), left)):
                    return await one(address)
            except (OSError, ProbeError) as error:
                failures.append(error)
        raise telling(failures)


def share(seconds: float, left: int) -> float:
    """Return the seconds an address may take when others wait behind it: a silent one must not use up the run."""
    return max(seconds / (left + 1), 0.001)


def telling(failures: Sequence[OSError | ProbeError]) -> OSError | ProbeError:
    """Return the failure that says most about the target: one of a family we do not have says nothing."""
    for error in failures:
        if isinstance(error, OSError) and error.errno not in OURS:
            return error
    for error in failures:
        if isinstance(error, OSError):
            return error
    return failures[0] if failures else ProbeError(Reason.DNS, "the name has no address")
