"""The default gateway, as the kernel knows it: read from /proc and /sys, nothing is sent."""

import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

GATEWAY_FLAG = 0x2
COMPLETE_FLAG = 0x2


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where packets go that belong to no network of ours."""

    address: IPv4Address
    interface: str


def default_gateway(table: str) -> Gateway | None:
    """Return the gateway of the first default route in the text of /proc/net/route, or None."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) >= 8 and fields[1] == fields[7] == "00000000" and int(fields[3], 16) & GATEWAY_FLAG:
            packed = struct.pack("<I", int(fields[2], 16))
            return Gateway(IPv4Address(socket.inet_ntoa(packed)), fields[0])
    return None


def has_answered(table: str, gateway: Gateway) -> bool | None:
    """Return whether the gateway has told its hardware address, by the text of /proc/net/arp; None when never asked."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) >= 6 and fields[0] == str(gateway.address) and fields[5] == gateway.interface:
            return bool(int(fields[2], 16) & COMPLETE_FLAG)
    return None


def has_carrier(interface: str, root: Path = Path("/sys/class/net")) -> bool | None:
    """Return whether a link is plugged in and up; None when the kernel does not say."""
    try:
        return (root / interface / "carrier").read_text().strip() == "1"
    except FileNotFoundError:
        return None
    except OSError:  # EINVAL: the interface is switched off
        return False


def read(name: str) -> str:
    """Return a table of /proc/net, empty when there is none."""
    try:
        return Path("/proc/self/net", name).read_text()
    except OSError:
        return ""
