"""A socket for ICMP echo, connected to one vetted address."""

import asyncio
import errno
import secrets
import select
import socket
import struct
import time
from collections import deque
from dataclasses import dataclass

from monitor.network import icmp
from monitor.network.egress import spelled
from monitor.network.stream import wake
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import Address, Echo, EchoOptions

SO_TIMESTAMPNS = 35
ICMP_FILTER = 1
SOL_RAW = 255
IP_RECVTTL, IP_RECVERR, IP_MTU_DISCOVER = 12, 11, 10
IPV6_RECVERR, IPV6_MTU_DISCOVER, IPV6_DONTFRAG = 25, 23, 62
FRAGMENT, PROBE = 0, 3
"""IP_PMTUDISC_DONT lets routers fragment; IP_PMTUDISC_PROBE forbids it and believes no earlier message about a path."""
STAMP = struct.Struct("ll")
MOST_AT_ONCE = 64
"""Messages taken from the kernel in one turn of the loop."""
LARGEST = 65_536 + 256

FORBIDDEN = (
    "the monitor may open no ICMP socket: put its group into sysctl net.ipv4.ping_group_range, or give it CAP_NET_RAW"
)
FROM_THE_NETWORK = frozenset(
    {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EMSGSIZE, errno.EPROTO, errno.ECONNREFUSED, errno.EACCES}
)
"""What the kernel makes of ICMP errors, whose words it keeps in the error queue."""


@dataclass(slots=True)
class _Sent:
    number: int
    at: float
    payload: bytes


class EchoSocket(asyncio.BaseTransport):
    """The Echoes of ``vantage.echoes()``.

    A transport only so that the ledger of a run can cut it. What the kernel has for us is learnt through an epoll
    descriptor of its own: a socket with an error waiting would make uvloop stop watching it.
    """

    def __init__(self, made: socket.socket, address: Address, *, is_raw: bool) -> None:
        super().__init__()
        self.address = address
        self._socket = made
        self._is_raw = is_raw
        self._spoken = icmp.dialect(address)
        self._identity = secrets.randbits(16) if is_raw else made.getsockname()[1]
        self._first = secrets.randbits(16)
        self._waiting: dict[int, _Sent] = {}
        self._kept: deque[Echo] = deque()  # at most one for each request
        self._error: OSError | None = None
        self._arrival: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._poll = select.epoll(1)
        self._poll.register(made, select.EPOLLIN | select.EPOLLERR)
        self._loop.add_reader(self._poll.fileno(), self._readable)

    def send(self, number: int, payload: bytes) -> None:
        """Send one echo request."""
        self._readable()  # an error that waits would be raised for this request
        sequence = (self._first + number) & 0xFFFF
        packet = icmp.request(self._spoken, self._identity, sequence, payload)
        self._waiting[sequence] = _Sent(number, time.monotonic(), payload)
        try:
            self._socket.send(packet)
        except BlockingIOError as error:
            raise ProbeError(Reason.RESOURCES, "the kernel takes no more ICMP packets") from error
        except OSError as error:
            if error.errno != errno.EMSGSIZE:
                raise
            self._settle(
                sequence, Reason.TOO_LARGE, f"a packet of {len(payload)} bytes of payload is too large to send"
            )

    async def receive(self) -> Echo:
        """Return what became of the next request that something became of."""
        while not self._kept:
            if self._error is not None:
                raise self._error
            self._arrival = self._loop.create_future()
            await self._arrival
        return self._kept.popleft()

    def is_closing(self) -> bool:
        """Tell whether it is closed."""
        return self._poll.closed

    def close(self) -> None:
        """Close the socket."""
        if not self._poll.closed:
            self._loop.remove_reader(self._poll.fileno())
            self._poll.close()
            self._socket.close()
            self._error = self._error or ConnectionResetError("the socket is closed")
            wake(self._arrival)

    def _readable(self) -> None:
        self._drain(socket.MSG_ERRQUEUE)
        try:
            self._drain(0)
        except OSError as error:
            self._error = error
        if self._kept or self._error:
            wake(self._arrival)

    def _drain(self, flags: int) -> None:
        for _ in range(MOST_AT_ONCE):
            try:
                data, control, _, _ = self._socket.recvmsg(LARGEST, 512, flags)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in FROM_THE_NETWORK:  # told once, and its words are read from the queue
                    continue
                raise
            told = {(level, kind): value for level, kind, value in control}
            self._refused(data, told) if flags else self._answered(data, told)

    def _answered(self, data: bytes, told: dict[tuple[int, int], bytes]) -> None:
        is_framed = self._is_raw and self._spoken is icmp.V4
        found = icmp.reply(self._spoken, icmp.without_ip_header(data) if is_framed else data)
        if found is None or found[0] != self._identity:
            return
        sent = self._waiting.get(found[1])
        if sent is None or sent.payload != found[2]:
            return
        del self._waiting[found[1]]
        took = time.monotonic() - sent.at
        stamp = told.get((socket.SOL_SOCKET, SO_TIMESTAMPNS), b"")
        if len(stamp) == STAMP.size:
            seconds, nanoseconds = STAMP.unpack(stamp)
            lag = time.time() - (seconds + nanoseconds / 1e9)
            took -= min(max(lag, 0.0), took)
        hops = told.get((socket.IPPROTO_IP, socket.IP_TTL)) or told.get((socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT))
        hop_limit = struct.unpack("i", hops)[0] if hops and len(hops) == 4 else 0
        self._kept.append(Echo(number=sent.number, seconds=took, hop_limit=hop_limit))

    def _refused(self, data: bytes, told: dict[tuple[int, int], bytes]) -> None:
        error = told.get((socket.IPPROTO_IP, IP_RECVERR)) or told.get((socket.IPPROTO_IPV6, IPV6_RECVERR)) or b""
        meant, found = icmp.trouble(self._spoken, error), icmp.quoted(self._spoken, data)
        if meant is not None and found is not None and found[0] == self._identity:
            self._settle(found[1], *meant)

    def _settle(self, sequence: int, reason: Reason, detail: str) -> None:
        sent = self._waiting.pop(sequence, None)
        if sent is not None:
            self._kept.append(Echo(number=sent.number, reason=reason, detail=detail))
            wake(self._arrival)


def opened(address: Address, options: EchoOptions) -> EchoSocket:
    """Return a socket connected to an address.

    Raises:
        ProbeError: Neither kind of ICMP socket may be opened.
        OSError: There is no way to the address, or no such address of ours to send from.
    """
    made, is_raw = permitted(icmp.dialect(address))
    try:
        made.settimeout(0)
        prepare(made, icmp.dialect(address), options, is_raw=is_raw)
        if options.source is not None:
            made.bind((spelled(options.source), 0))
        made.connect((spelled(address), 0))
        return EchoSocket(made, address, is_raw=is_raw)
    except BaseException:
        made.close()
        raise


def permitted(spoken: icmp.Dialect) -> tuple[socket.socket, bool]:
    """Return the socket with the fewest rights that the kernel lets us have, and whether it is a raw one.

    Raises:
        ProbeError: It lets us have none. Root may have no datagram socket, when its group is not in the range.
    """
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            return socket.socket(spoken.family, kind, spoken.protocol), kind is socket.SOCK_RAW
        except PermissionError:
            continue
    raise ProbeError(Reason.EGRESS, FORBIDDEN)


def prepare(made: socket.socket, spoken: icmp.Dialect, options: EchoOptions, *, is_raw: bool) -> None:
    """Ask the kernel for the facts about answers, and set how requests are sent."""
    made.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    discover = PROBE if options.dont_fragment else FRAGMENT
    if spoken is icmp.V4:
        made.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
        made.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        made.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, discover)
        if options.ttl is not None:
            made.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, options.ttl)
        if is_raw:
            made.setsockopt(SOL_RAW, ICMP_FILTER, struct.pack("=I", ~(1 << spoken.reply) & 0xFFFF_FFFF))
        return
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT, 1)
    made.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    made.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, discover)
    made.setsockopt(socket.IPPROTO_IPV6, IPV6_DONTFRAG, int(options.dont_fragment))
    if options.ttl is not None:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, options.ttl)
    if is_raw:
        blocked = [0xFFFF_FFFF] * 8
        blocked[spoken.reply // 32] &= ~(1 << spoken.reply % 32)
        made.setsockopt(socket.IPPROTO_ICMPV6, ICMP_FILTER, struct.pack("=8I", *blocked))
