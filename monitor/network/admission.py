"""Which addresses the runs of /probe may connect to: those of the monitor that are allowed for this, too."""

from collections.abc import Sequence
from typing import NoReturn

from monitor.network.egress import SPECIAL, EgressPolicy, carried, literal, reached, within
from monitor.network.hostname import canonical
from monitor.network.needs import Resolver
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import Address, IpProtocol
from monitor.settings import Allow, Egress

MOST_NOTED = 100


class Admission:
    """The policy of one run. It is asked on every connect, so a redirect or a name that moves gets nowhere else.

    A host that is allowed by its name may be anywhere the monitor itself may connect to, but not on the monitor's own
    machine: for that a network has to be allowed.

    Attributes:
        tried: The addresses that were admitted, in the order they were asked for.
    """

    def __init__(self, monitor: EgressPolicy, networks: EgressPolicy, hosts: Sequence[str]) -> None:
        self.tried: list[Address] = []
        self._monitor = monitor
        self._networks = networks
        self._hosts = hosts
        self._learnt: set[Address] = set()

    def check(self, address: Address) -> None:
        """Return if the address may be connected to.

        Raises:
            ProbeError: It may not (``Reason.EGRESS``).
        """
        self._monitor.check(address)
        if not self._is_allowed(address):
            raise ProbeError(Reason.EGRESS, f"{address} is not in a network that /probe may connect to (allow)")
        if len(self.tried) < MOST_NOTED:
            self.tried.append(address)

    def admitted(self, addresses: Sequence[Address]) -> Sequence[Address]:
        """Return those of a host's addresses that may be connected to.

        Raises:
            ProbeError: There is none (``Reason.EGRESS``).
        """
        allowed = [each for each in self._monitor.admitted(addresses) if self._is_allowed(each)]
        for address in allowed or addresses[:1]:
            self.check(address)
        return allowed

    def is_allowed(self, address: Address) -> bool:
        """Tell whether the address may be connected to."""
        return self._monitor.is_allowed(address) and self._is_allowed(address)

    def check_name(self, host: str) -> None:
        """Return if a proxy may be asked to connect to a host.

        Raises:
            ProbeError: The name is not allowed; networks say nothing of what the proxy would connect to.
        """
        if not is_named(host, self._hosts):
            raise ProbeError(Reason.EGRESS, f"{host[:253]} is not a host that /probe may ask a proxy for (allow)")

    def socket(self, path: str) -> NoReturn:  # noqa: ARG002
        """Refuse: whoever asks for a probe does not choose a socket of this machine.

        Raises:
            ProbeError: Always.
        """
        raise ProbeError(Reason.EGRESS, "/probe connects to no unix socket")

    def learn(self, host: str, addresses: Sequence[Address]) -> None:
        """Take the addresses of a host that was looked up; they may be connected to when its name is allowed."""
        if is_named(host, self._hosts):
            self._learnt.update(address for address in addresses if not is_at_home(address))

    def _is_allowed(self, address: Address) -> bool:
        return address in self._learnt or self._networks.is_allowed(address)


class AdmittedNames:
    """A resolver that tells the policy of a run what it finds.

    Attributes:
        found: What was looked up, in order.
    """

    def __init__(self, names: Resolver, admission: Admission) -> None:
        self.found: list[tuple[str, Sequence[Address]]] = []
        self._names = names
        self._admission = admission

    def known(self, host: str, protocol: IpProtocol | None = None) -> Sequence[Address]:
        """Return the addresses that are known without asking."""
        return self._told(host, self._names.known(host, protocol))

    async def lookup(self, host: str, protocol: IpProtocol | None = None) -> Sequence[Address]:
        """Return the addresses of a host."""
        return self._told(host, await self._names.lookup(host, protocol))

    def _told(self, host: str, addresses: Sequence[Address]) -> Sequence[Address]:
        if addresses and len(self.found) < MOST_NOTED:
            self.found.append((host, addresses))
        self._admission.learn(host, addresses)
        return addresses


def networks_of(allow: Allow) -> EgressPolicy:
    """Return the policy that the networks alone make."""
    return EgressPolicy(Egress(allow=allow.networks))


def is_named(host: str, patterns: Sequence[str]) -> bool:
    """Return whether a host name is one of those listed, or below one written with ``*.`` before it."""
    if literal(host) is not None:
        return False
    name = canonical(host).rstrip(".")
    return any(
        name.endswith(pattern[1:]) and len(name) >= len(pattern) if pattern.startswith("*.") else name == pattern
        for pattern in patterns
    )


def is_at_home(address: Address) -> bool:
    """Return whether an address leads to this machine, or to what only its link knows."""
    target = reached(address)
    far = carried(target)
    return any(each.is_loopback or within(each, SPECIAL) for each in (target, far) if each is not None)
