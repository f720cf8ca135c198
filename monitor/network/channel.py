"""One c-ares resolver, by way of aiodns."""

import socket
import time

import aiodns
import pycares

from monitor.network.egress import literal
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import Address, IpProtocol
from monitor.settings import Nameservers

UNSORTED = 1 << 7
"""ARES_AI_NOSORT: sorting would open a socket towards every address."""

FAMILIES = {None: socket.AF_UNSPEC, IpProtocol.IP4: socket.AF_INET, IpProtocol.IP6: socket.AF_INET6}


class Channel:
    """Asks the name servers; closed once it is retired and its last question is answered."""

    def __init__(self, settings: Nameservers) -> None:
        self.born = time.monotonic()
        self._asked = 0
        self._is_retired = False
        # No lookups="b": pycares 5.2 frees that text before c-ares reads it, and then now and then nothing is asked.
        self._resolver = aiodns.DNSResolver(
            nameservers=list(settings.servers) or None,
            timeout=settings.timeout.total_seconds(),
            tries=settings.tries,
        )

    async def ask(self, name: str, protocol: IpProtocol | None) -> tuple[Address, ...]:
        """Return the addresses that the name servers give.

        Raises:
            aiodns.error.DNSError: They give none; its first argument is the number c-ares has for it.
        """
        self._asked += 1
        try:
            answer = await self._resolver.getaddrinfo(
                name, family=FAMILIES[protocol], type=socket.SOCK_STREAM, flags=UNSORTED
            )
        finally:
            self._asked -= 1
            if self._is_retired:
                await self.retire()
        texts = dict.fromkeys(node.addr[0].decode() for node in answer.nodes)
        return tuple(address for text in texts if (address := literal(text)))

    async def retire(self) -> None:
        """Close the resolver, now or after its last question."""
        self._is_retired = True
        if not self._asked:
            await self._resolver.close()


def opened(settings: Nameservers) -> Channel:
    """Return a new resolver.

    Raises:
        ProbeError: There are no descriptors or no memory for it, or a name server's address is none.
    """
    try:
        return Channel(settings)
    except (pycares.AresError, OSError, MemoryError) as error:
        raise ProbeError(Reason.RESOURCES, "no resolver can be made") from error
