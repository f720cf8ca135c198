"""What lies in a folder. Names are matched and forgotten: they are personal data as often as not."""

import asyncio
import stat
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncssh

from datashare_monitor_sftp.session import Session
from monitor.plugin import Pattern, Waiting
from monitor.plugin.errors import let_go

MOST_ENTRIES = 100_000
AT_ONCE = 500
"""Entries that are looked at before others have their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which files of a folder count.

    Attributes:
        pattern: What a name must match; any will do when None.
        ignore: What it must not.
    """

    pattern: Pattern | None = None
    ignore: Pattern | None = None

    def takes(self, name: bytes) -> bool:
        """Tell whether a file of this name counts."""
        if self.ignore is not None and self.ignore.search(name):
            return False
        return self.pattern is None or self.pattern.search(name) is not None


@dataclass(slots=True)
class Tally:
    """The files so far; ``seen`` counts all entries, folders and files that do not count among them."""

    seen: int = 0
    files: int = 0
    size: int = 0
    newest: int | None = None
    oldest: int | None = None
    newest_name: bytes = b""
    has_more: bool = False

    def take(self, name: bytes, attributes: asyncssh.SFTPAttrs) -> None:
        """Count a file."""
        self.files += 1
        self.size += attributes.size or 0
        made = attributes.mtime
        if made is None:
            return
        if self.newest is None or made > self.newest:
            self.newest, self.newest_name = int(made), name
        if self.oldest is None or made < self.oldest:
            self.oldest = int(made)

    def waiting(self) -> Waiting:
        """Return what was found."""
        return Waiting(
            noun="files",
            count=self.files,
            newest=None if self.newest is None else datetime.fromtimestamp(self.newest, UTC),
            oldest=None if self.oldest is None else datetime.fromtimestamp(self.oldest, UTC),
            size=self.size,
            has_more=self.has_more,
        )


async def listed(session: Session, folder: str, choice: Choice, most: int) -> Tally:
    """Return what lies in a folder; after ``most`` entries counting stops.

    Raises:
        asyncssh.Error: It cannot be read.
    """
    tally = Tally()
    session.tunnel.allow()
    async with aclosing(entries_of(session.client, folder.encode())) as entries:
        async for entry in entries:
            session.tunnel.allow()
            tally.seen += 1
            if tally.seen > most:
                tally.has_more = True
                break
            if not tally.seen % AT_ONCE:
                await asyncio.sleep(0)
            name = entry.filename
            if isinstance(name, bytes) and is_file(entry.attrs) and choice.takes(name):
                tally.take(name, entry.attrs)
    return tally


async def entries_of(client: asyncssh.SFTPClient, folder: bytes) -> AsyncGenerator[asyncssh.SFTPName, None]:
    """Yield what lies in a folder, page by page.

    As ``scandir`` does, which leaves its last page in a cycle with the error that ends it.

    Raises:
        asyncssh.Error: It cannot be read.
    """
    handler = client._handler  # noqa: SLF001
    handle = await handler.opendir(client.compose_path(folder))
    try:
        is_last = False
        while not is_last:
            names, is_last = await handler.readdir(handle)
            for name in names:
                yield name
    except asyncssh.SFTPEOFError as error:
        let_go(error)
    finally:
        with suppress(asyncssh.SFTPError):
            await handler.close(handle)


def is_file(attributes: asyncssh.SFTPAttrs) -> bool:
    """Tell whether an entry is an ordinary file; a server that does not say so has nothing else."""
    mode = attributes.permissions
    return mode is None or not stat.S_IFMT(mode) or stat.S_ISREG(mode)
