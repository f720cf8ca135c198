"""Going through a SOCKS5 proxy (RFC 1928), which looks names up itself, as it does for Go's programs."""

import asyncio
from base64 import b64decode
from dataclasses import dataclass, field

from monitor.network.egress import literal
from monitor.network.stream import Pipe
from monitor.network.weburl import WebUrl
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError

VERSION = 5
WITHOUT, PASSWORD, NONE = 0, 2, 255
"""Ways to say who we are; the last one is the proxy's word for not liking any."""
LOGIN_VERSION = 1
CONNECT = 1
IP4, NAME, IP6 = 1, 3, 4
"""Kinds of addresses."""
LENGTHS = {IP4: 4, IP6: 16}
LONGEST = 255
"""Bytes of a name, a user name or a password: their lengths are one byte."""
REFUSALS = {
    1: (Reason.PROTOCOL, "it failed"),
    2: (Reason.FORBIDDEN, "its rules forbid the connection"),
    3: (Reason.UNREACHABLE, "there is no way to the network of the target"),
    4: (Reason.UNREACHABLE, "there is no way to the target"),
    5: (Reason.REFUSED, "the target refused the connection"),
    6: (Reason.UNREACHABLE, "the target is too far away"),
    7: (Reason.PROTOCOL, "it does not connect for others"),
    8: (Reason.PROTOCOL, "it does not know this kind of address"),
}


@dataclass(frozen=True, slots=True)
class SocksTunnel:
    """A way to a target through a SOCKS5 proxy.

    Attributes:
        authorization: Our user name and password for the proxy, as an HTTP proxy is sent them; empty for none.
        protocol: Reads what the proxy says.
    """

    url: WebUrl
    authorization: str = field(repr=False)
    protocol: Pipe = field(default_factory=Pipe)

    async def open(self, transport: asyncio.Transport) -> None:
        """Have the proxy connect to the target; from then on the connection is with the target.

        Raises:
            ProbeError: It does not, for a reason known by name.
            OSError: The connection to the proxy broke.
        """
        login = words_of(self.authorization)
        methods = bytes([WITHOUT, PASSWORD] if login else [WITHOUT])
        transport.write(bytes([VERSION, len(methods)]) + methods)
        version, method = await self._read(2)
        if version != VERSION:
            raise ProbeError(Reason.PROTOCOL, "the proxy does not speak SOCKS5")
        if method not in methods:
            raise unwelcome(method, has_login=bool(login))
        if method == PASSWORD:
            transport.write(bytes([LOGIN_VERSION]) + login)
            if (await self._read(2))[1] != 0:
                raise ProbeError(Reason.UNAUTHORIZED, "the proxy does not accept our user name and password")
        transport.write(bytes([VERSION, CONNECT, 0]) + place_of(self.url))
        version, answer, _, kind = await self._read(4)
        if version != VERSION or kind not in (IP4, NAME, IP6):
            raise ProbeError(Reason.PROTOCOL, "the proxy's answer is not SOCKS5")
        length = LENGTHS.get(kind) or (await self._read(1))[0]
        if answer != 0:
            reason, words = REFUSALS.get(answer, (Reason.PROTOCOL, f"it answered {answer}"))
            raise ProbeError(reason, f"the proxy opened no connection: {words}")
        await self._read(length + 2)
        if self.protocol.buffer:
            # Read before TLS began, it would look as if it had come through it.
            raise ProbeError(Reason.PROTOCOL, "the proxy sent more than its answer before anything was asked for")
        if self.protocol.is_ended or transport.is_closing():
            raise self.protocol.error or gone()

    async def _read(self, count: int) -> bytes:
        if not await self.protocol.more(count):
            raise gone()
        return self.protocol.take(count)


def gone() -> ProbeError:
    """Return the error for a proxy that hung up."""
    return ProbeError(Reason.DISCONNECTED, "the proxy closed the connection before there was one to the target")


def unwelcome(method: int, *, has_login: bool) -> ProbeError:
    """Return the error for a proxy that takes none of the ways in which we can say who we are."""
    if method != NONE:
        return ProbeError(Reason.PROTOCOL, "the proxy asks for a way to log in that was not offered")
    words = "takes no user name and password" if has_login else "wants a user name and password, or another address"
    return ProbeError(Reason.UNAUTHORIZED, f"the proxy {words}")


def words_of(authorization: str) -> bytes:
    """Return a user name and password as RFC 1929 writes them; nothing for none.

    Raises:
        ProbeError: They do not fit (``Reason.SECRET``).
    """
    if not authorization:
        return b""
    user, _, password = b64decode(authorization.removeprefix("Basic ")).partition(b":")
    if not 0 < len(user) <= LONGEST or not 0 < len(password) <= LONGEST:
        raise ProbeError(Reason.SECRET, f"SOCKS5 takes a user name and a password of 1 to {LONGEST} bytes each")
    return bytes([len(user)]) + user + bytes([len(password)]) + password


def place_of(url: WebUrl) -> bytes:
    """Return the host and the port of a target as RFC 1928 writes them."""
    address = literal(url.host)
    port = url.port.to_bytes(2, "big")
    if address is not None:
        return bytes([IP4 if address.version == 4 else IP6]) + address.packed + port
    name = url.host.encode()
    return bytes([NAME, len(name)]) + name + port
