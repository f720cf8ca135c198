"""Ports of 127.0.0.1 for servers that must be told theirs before they start."""

import random
import socket
from pathlib import Path

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def candidates() -> range:
    """Return the ports below those the kernel deals out by itself: no connection takes one of them meanwhile."""
    first = int(EPHEMERAL.read_text().split()[0])
    return range(10_000, first) if first >= 20_000 else range(20_000, 60_000)


def free_port() -> int:
    """Return a port that nothing has, for TCP and UDP, and that no other test process gets while this one lives."""
    return next(port for port in random.sample(candidates(), 500) if is_free(port) and is_ours(port))


def is_free(port: int) -> bool:
    with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        try:
            stream.bind(("127.0.0.1", port))
            datagrams.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def is_ours(port: int) -> bool:
    """Claim the port by an abstract name, which the kernel gives up when this process ends."""
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0datashare-monitor/test-port/{port}")
    except OSError:
        claim.close()
        return False
    claim.detach()
    return True
