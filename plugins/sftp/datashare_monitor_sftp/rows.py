"""The source of kind ``sftp``: rows of a file."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

from datashare_monitor_sftp.listing import MOST_ENTRIES, Choice, listed
from datashare_monitor_sftp.login import Login
from datashare_monitor_sftp.session import Session, session
from monitor.plugin import (
    HostPort,
    IpProtocol,
    Pattern,
    ProbeError,
    Reason,
    Row,
    Size,
    TableFormat,
    Vantage,
    rows_apart,
)

BLOCK_BYTES = 32 * 1024
"""The longest part of a file that every server sends in one answer."""


@dataclass(frozen=True, kw_only=True)
class SftpRows:
    """Rows of a CSV or JSON-lines file on an SFTP server: of one file, or of the newest in a folder.

    Attributes:
        target: ``host:port``.
        login: Who logs in, and the host key of the server.
        file: The file to read.
        folder: Where the newest file is read, instead of ``file``.
        pattern: Only files of the folder whose name matches are looked at.
        ignore: Files of the folder whose name matches are not.
        format: How rows are written.
        max_rows: A file with more is refused.
        max_size: A larger file is refused.
    """

    target: HostPort
    login: Login
    file: str = ""
    folder: str = ""
    pattern: Pattern | None = None
    ignore: Pattern | None = None
    format: TableFormat = TableFormat.CSV
    max_rows: int = 10_000
    max_size: Size = 1024 * 1024

    def __post_init__(self) -> None:
        if bool(self.file) == bool(self.folder):
            raise ValueError("write file or folder, one of them")
        if self.file and (self.pattern or self.ignore):
            raise ValueError("pattern and ignore choose among the files of a folder; write folder instead of file")

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        """Yield the rows in the order of the file.

        Raises:
            ProbeError: There is no such file, it is too large, or it cannot be read as rows.
            OSError: No connection, or it broke.
        """
        async with session(vantage, self.target, self.login, IpProtocol.IP6, fallback=True) as opened:
            with vantage.phase("read"):
                text = await opened.attended(self._text(opened))
        async for row in rows_apart(text, self.format, self.max_rows):
            yield row

    async def _text(self, opened: Session) -> bytes:
        return await self._read(opened, await self._path(opened))

    async def _path(self, opened: Session) -> bytes:
        if self.file:
            return self.file.encode()
        choice = Choice(pattern=self.pattern, ignore=self.ignore)
        tally = await listed(opened, self.folder, choice, MOST_ENTRIES)
        if tally.has_more:
            raise ProbeError(Reason.TOO_LARGE, f"more than {MOST_ENTRIES} entries in the folder")
        if not tally.newest_name:
            raise ProbeError(Reason.CONTENT, "no file in the folder, or none with a time")
        return self.folder.encode().rstrip(b"/") + b"/" + tally.newest_name

    async def _read(self, opened: Session, path: bytes) -> bytes:
        text = bytearray()
        opened.tunnel.allow()
        async with opened.client.open(path, "rb", block_size=BLOCK_BYTES, max_requests=1) as file:
            while True:
                opened.tunnel.allow()
                block = await file.read(BLOCK_BYTES, len(text))
                if not block:
                    return bytes(text)
                text += cast("bytes", block)
                if len(text) > self.max_size:
                    raise ProbeError(Reason.TOO_LARGE, f"a file of more than {self.max_size} bytes")
