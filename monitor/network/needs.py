"""What connecting and reading need of a resolver, a policy and a store of secrets, as far as they use them."""

from collections.abc import Sequence
from typing import Protocol

from monitor.plugin.secret import Secret
from monitor.plugin.vantage import Address, IpProtocol


class Resolver(Protocol):
    """From host names to addresses."""

    def known(self, host: str, protocol: IpProtocol | None = None) -> Sequence[Address]:
        """Return the addresses that are known without asking; none when the name servers have to be asked."""
        ...

    async def lookup(self, host: str, protocol: IpProtocol | None = None) -> Sequence[Address]:
        """Return the addresses of a host.

        Raises:
            ProbeError: There are none.
        """
        ...


class Policy(Protocol):
    """Which addresses may be connected to. Whoever opens a socket asks first."""

    def check(self, address: Address) -> None:
        """Return if the address may be connected to.

        Raises:
            ProbeError: It may not (``Reason.EGRESS``).
        """
        ...

    def admitted(self, addresses: Sequence[Address]) -> Sequence[Address]:
        """Return those of a host's addresses that may be connected to.

        Raises:
            ProbeError: There is none (``Reason.EGRESS``).
        """
        ...

    def is_allowed(self, address: Address) -> bool:
        """Tell whether the address may be connected to."""
        ...

    def socket(self, path: str) -> str:
        """Return the path of a unix socket without its symbolic links.

        Raises:
            ProbeError: It may not be connected to (``Reason.EGRESS``).
        """
        ...

    def check_name(self, host: str) -> None:
        """Return if a proxy may be asked to connect to a host, whose addresses only the proxy will know.

        Raises:
            ProbeError: It may not (``Reason.EGRESS``).
        """
        ...


class Secrets(Protocol):
    """Where the text of a secret is read."""

    def reveal(self, secret: Secret) -> str:
        """Return the text.

        Raises:
            ProbeError: It cannot be read (``Reason.SECRET``).
        """
        ...
