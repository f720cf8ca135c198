"""The source of kind ``redis``: the newest entries of a stream."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from datashare_monitor_redis.backlog import timed
from datashare_monitor_redis.server import Door
from monitor.plugin import (
    Cell,
    HostPort,
    IpProtocol,
    ProbeError,
    Reason,
    Row,
    Secret,
    Size,
    TlsConfig,
    Vantage,
)

MOST_ROWS = 10_000


@dataclass(frozen=True, kw_only=True)
class RedisRows:
    """The newest entries of a Redis stream, the newest first: their fields, and ``time``, when they were made.

    Attributes:
        target: ``host:port``.
        tls: Whether to speak TLS.
        username: The ACL user; the default one when empty.
        password: Sent by AUTH.
        allow_cleartext_password: Whether the password may go out without TLS.
        db: The database to select.
        key: The stream.
        max_rows: How many entries are asked for, 1 to 10000.
        max_size: More than so many bytes of answers are refused.
    """

    target: HostPort
    key: str
    tls: bool = False
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    username: str = ""
    password: Secret | None = None
    allow_cleartext_password: bool = False
    db: int = 0
    max_rows: int = 1000
    max_size: Size = 1024 * 1024

    def __post_init__(self) -> None:
        _ = self._door
        if not self.key:
            raise ValueError("key is empty; write the name of a stream")
        if not 1 <= self.max_rows <= MOST_ROWS:
            raise ValueError(f"max_rows is {self.max_rows}; write 1 to {MOST_ROWS}")

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        """Yield the entries.

        Raises:
            ProbeError: It is no stream, or its entries are too large.
            OSError: No connection, or it broke.
        """
        async with self._door.opened(vantage, IpProtocol.IP6, fallback=True, most=self.max_size) as server:
            with vantage.phase("ask"):
                found = await server.ask("XREVRANGE", self.key, "+", "-", "COUNT", self.max_rows)
        for entry in found if isinstance(found, list) else ():
            yield _row(entry)

    @cached_property
    def _door(self) -> Door:
        return Door(
            target=self.target, tls=self.tls, tls_config=self.tls_config, username=self.username,
            password=self.password, allow_cleartext_password=self.allow_cleartext_password, db=self.db,
        )  # fmt: skip


def _row(entry: Any) -> Row:
    try:
        name, cells = entry
        row: dict[str, Cell] = {
            key.decode("utf-8", "replace"): value.decode("utf-8", "replace")
            for key, value in zip(cells[::2], cells[1::2], strict=True)
        }
    except (TypeError, ValueError, AttributeError):
        raise ProbeError(Reason.PROTOCOL, "an entry of a stream is none") from None
    return {**row, "time": timed(name)}
