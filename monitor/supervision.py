"""Telling systemd how the daemon is: ready, reloading, stopping, alive (sd_notify(3))."""

import os
import socket
from collections.abc import Mapping
from datetime import timedelta


class Supervisor:
    """The service manager that started us, or nobody.

    Args:
        environment: Where ``NOTIFY_SOCKET``, ``WATCHDOG_USEC`` and ``WATCHDOG_PID`` stand; the daemon hands in its own.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        path = environment.get("NOTIFY_SOCKET", "")
        self._path = "\0" + path[1:] if path.startswith("@") else path
        self._watchdog = environment.get("WATCHDOG_USEC", "")
        if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
            self._watchdog = ""

    @property
    def watchdog(self) -> timedelta | None:
        """How often a sign of life is expected at the least; None when nobody waits for one."""
        return timedelta(microseconds=int(self._watchdog)) if self._watchdog.isdecimal() else None

    def tell(self, *states: str) -> bool:
        """Send states such as ``READY=1``; return whether somebody was there to be told."""
        if not self._path:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notify:
                notify.settimeout(0)
                notify.sendto("\n".join(states).encode(), self._path)
        except OSError:
            return False
        return True
