"""Egress policy: which addresses and which unix sockets the monitor may connect to."""

import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import PurePath

from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import Address
from monitor.settings import Egress, Network

SPECIAL = tuple(
    ip_network(text)
    for text in ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32", "::/128", "fe80::/10", "ff00::/8")
)
"""This host, link-local, multicast and broadcast: a network of their own in ``allow`` must name them."""

NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
COMPATIBLE = IPv6Network("::/96")
LOOPBACK = IPv6Address("::1")
REMEMBERED = 65_536


@lru_cache(maxsize=REMEMBERED)
def literal(host: str) -> Address | None:
    """Return the address that ``host`` spells out, or None when it is a name.

    Old spellings such as ``127.1`` or ``2130706433`` are neither: they are left for the resolver to refuse.
    """
    try:
        return ip_address(host)
    except ValueError:
        return None


@lru_cache(maxsize=REMEMBERED)
def spelled(address: Address) -> str:
    """Return the one canonical spelling of an address: what was vetted is what is connected to."""
    return str(address)


def reached(address: Address) -> Address:
    """Return the address the kernel really connects to: the IPv4 one when an IPv6 literal only wraps it."""
    return getattr(address, "ipv4_mapped", None) or address


def carried(address: Address) -> IPv4Address | None:
    """Return the IPv4 address at the far end of NAT64, 6to4, Teredo or ``::a.b.c.d``, if any."""
    if isinstance(address, IPv4Address):
        return None
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    is_compatible = address in COMPATIBLE and int(address) > int(LOOPBACK)
    if is_compatible or any(address in network for network in NAT64):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


class EgressPolicy:
    """The allowed networks of one monitor. Pure: it decides, and whoever opens a socket asks it first."""

    def __init__(self, settings: Egress) -> None:
        self._allow = settings.allow
        self._deny = settings.deny
        self._sockets = settings.sockets
        self._named = tuple(network for network in settings.allow if network.prefixlen)
        self.is_allowed = lru_cache(maxsize=REMEMBERED)(self._decide)

    def check(self, address: Address) -> None:
        """Return if the address may be connected to.

        Raises:
            ProbeError: It may not (``Reason.EGRESS``).
        """
        if not self.is_allowed(address):
            raise ProbeError(Reason.EGRESS, f"{address} is not in a network the monitor may connect to (egress)")

    def admitted(self, addresses: Sequence[Address]) -> Sequence[Address]:
        """Return those of a host's addresses that may be connected to.

        Raises:
            ProbeError: There is none (``Reason.EGRESS``).
        """
        allowed = [address for address in addresses if self.is_allowed(address)]
        if not allowed:
            self.check(addresses[0])
        return allowed

    def socket(self, path: str) -> str:
        """Return the path of a unix socket without its symbolic links: what was vetted is what is connected to.

        Raises:
            ProbeError: It may not be connected to (``Reason.EGRESS``).
        """
        real = os.path.realpath(path)
        if not any(PurePath(real).is_relative_to(os.path.realpath(place)) for place in self._sockets):
            shown = path if real == path else f"{path} ({real})"
            raise ProbeError(
                Reason.EGRESS, f"unix:{shown} is not among the sockets the monitor may connect to (egress.sockets)"
            )
        return real

    def check_name(self, host: str) -> None:
        """Return: a proxy is the operator's, and so is what it may connect to by name."""

    def _decide(self, address: Address) -> bool:
        target = reached(address)
        far = carried(target)
        if any(within(each, self._deny) for each in (address, target, far) if each is not None):
            return False
        is_named = within(target, self._named)
        if within(target, SPECIAL) and not is_named:
            return False
        if far is not None and not is_named and not self._decide(far):
            return False
        return within(target, self._allow)


def within(address: Address, networks: Iterable[Network]) -> bool:
    """Return whether one of the networks holds the address."""
    return any(address in network for network in networks)
