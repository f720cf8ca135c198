"""The web-config in force, and its files, which are read anew when they change."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog
from aiohttp import web

from monitor.clock import Clock, SystemClock
from monitor.config import Problem
from monitor.config.webconfig import OPEN, ServerTls, WebConfig, WebConfigRead, read_web_config
from monitor.vitals import Vitals
from monitor.web.access.buckets import Bucket
from monitor.web.access.passwords import Passwords

LOOK_SECONDS = 1.0
"""How often the files are looked at. What changed must have rested for as long: nothing half written is read."""
log = structlog.get_logger("monitor.web")

Stamps = tuple[tuple[int, int, int] | None, ...]
"""When each file was changed, its size and its inode; None for one that is not there."""


class Access:
    """Who may speak to the HTTP surface. One per process, for all its listeners.

    Args:
        config: What is in force at the start.
        path: Where it came from; None when nothing is ever read anew.
        files: All files it came from.
        stamps: How they stood when they were read.
        vitals: Counts who was refused, and whether the newest reading succeeded.
        clock: For the limit of requests.
    """

    def __init__(
        self,
        config: WebConfig = OPEN,
        path: Path | None = None,
        files: Sequence[Path] = (),
        stamps: Stamps = (),
        vitals: Vitals | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.config = config
        self.vitals = vitals or Vitals()
        self.passwords = Passwords()
        self.clock = clock or SystemClock()
        self._path = path
        self._files = tuple(files)
        self._bucket = self._new_bucket()
        self._reading = asyncio.Lock()
        self._wrong: Sequence[Problem] = ()
        self._read = self._seen = stamps

    def request_wait(self) -> float:
        """Let one more request in and return 0, or return the seconds until one may come."""
        return 0.0 if self._bucket is None else self._bucket.take(self.clock.monotonic())

    async def watch(self) -> None:
        """Read the files anew whenever they change; for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Read the files anew when they have changed, and rested since the look before."""
        if self._path is None:
            return
        stamps = await asyncio.to_thread(_stamps, self._files)
        has_rested, self._seen = stamps == self._seen, stamps
        if has_rested and stamps != self._read:
            await self.read()

    async def read(self) -> Sequence[Problem]:
        """Read what has changed and put it into force, or return what keeps it from that: the old one stays."""
        if self._path is None:
            return ()
        async with self._reading:
            if await asyncio.to_thread(_stamps, self._files) == self._read:
                return self._wrong
            found, self._read = await asyncio.to_thread(_steadily_read, self._path, self._files)
            self._files, self._seen = found.files, self._read
            wrong = [one for one in found.problems if one.is_error]
            if found.config is not None:
                wrong += weakened(self._path, self.config, found.config)
                wrong += outlived(self._path, self.config.tls, found.config.tls, self.clock.now())
            self._wrong = wrong
            self.vitals.web_config_ok = not wrong
            if wrong or found.config is None:
                log.error("web_config.rejected", problems=[one.one_line for one in wrong])
                return self._wrong
            self._put_into_force(found.config)
            log.info("web_config.reloaded", users=len(self.config.users), tls=self.config.tls is not None)
            if doubts := [one.one_line for one in found.problems]:
                log.warning("web_config.doubted", problems=doubts)
            return ()

    def close(self) -> None:
        """Judge no more passwords."""
        self.passwords.close()

    def _put_into_force(self, config: WebConfig) -> None:
        is_same_rate = config.rate == self.config.rate
        self.config = config
        if not is_same_rate:
            self._bucket = self._new_bucket()

    def _new_bucket(self) -> Bucket | None:
        rate = self.config.rate
        return None if rate is None else Bucket(rate.burst, rate.interval_seconds, self.clock.monotonic())


ACCESS = web.AppKey("access", Access)


async def open_access(path: Path, vitals: Vitals) -> tuple[Access | None, Sequence[Problem]]:
    """Return the access that a web-config file gives, and what is wrong with it; None when any of that is an error."""
    found, stamps = await asyncio.to_thread(_steadily_read, path, ())
    if found.config is None:
        return None, found.problems
    return Access(found.config, path, found.files, stamps, vitals), found.problems


def _steadily_read(path: Path, files: Sequence[Path]) -> tuple[WebConfigRead, Stamps]:
    """Return what a file holds, and how its files stood before: what changes meanwhile is seen at the next look."""
    stamps = _stamps(files)
    found = read_web_config(path)
    if found.files != tuple(files):
        stamps = _stamps(found.files)
        found = read_web_config(path)
    return found, stamps


def weakened(path: Path, before: WebConfig, after: WebConfig) -> Sequence[Problem]:
    """Return what a change would take away of the protection: that needs a start, a slip of the pen does not do."""
    lost = {
        "tls_server_config": before.tls is not None and after.tls is None,
        "basic_auth_users": bool(before.users) and not after.users,
        "client_auth_type": _demands(before.tls) and not _demands(after.tls),
        "client_allowed_sans": bool(_names(before.tls)) and not _names(after.tls),
        "roles": before.roles is not None and after.roles is None,
    }
    message = "is in force and gone from the file; protection is taken away by a start, not by a reload"
    return [Problem(file=str(path), path=name, message=message) for name, is_lost in lost.items() if is_lost]


def outlived(path: Path, before: ServerTls | None, after: ServerTls | None, now: datetime) -> Sequence[Problem]:
    """Return what is wrong with a certificate that has ended, while the one that it would replace has not."""
    if before is None or after is None or after.ends >= now or before.ends < now:
        return ()
    message = f"the certificate ended on {after.ends:%Y-%m-%d %H:%M} UTC, and the one in force is still good; renew it"
    return [Problem(file=str(path), path="tls_server_config", message=message)]


def _demands(tls: ServerTls | None) -> bool:
    return tls is not None and tls.demands_certificate


def _names(tls: ServerTls | None) -> frozenset[str]:
    return frozenset() if tls is None else tls.allowed_sans


def _stamps(files: Sequence[Path]) -> Stamps:
    found: list[tuple[int, int, int] | None] = []
    for path in files:
        try:
            facts = path.stat()
            found.append((facts.st_mtime_ns, facts.st_size, facts.st_ino))
        except (OSError, ValueError):
            found.append(None)
    return tuple(found)
