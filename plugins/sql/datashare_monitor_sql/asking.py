"""Asks a database once: the driver of its product, aside, within the time that is left."""

import time
from collections.abc import Awaitable, Callable, Mapping

from datashare_monitor_sql import mysql, oracle, postgresql, sqlserver
from datashare_monitor_sql.answer import Answer
from datashare_monitor_sql.database import Database
from datashare_monitor_sql.frames import OracleFrames, PostgresqlFrames
from monitor.plugin import ProbeError, Reason, Vantage
from monitor.plugin.drivers import Aside
from monitor.plugin.guard import Guard

Ask = Callable[[Aside[Answer], Database, str, float], Awaitable[Answer]]
DRIVERS: Mapping[str, Ask] = {
    "postgresql": postgresql.ask,
    "mysql": mysql.ask,
    "mariadb": mysql.ask,
    "oracle": oracle.ask,
    "sqlserver": sqlserver.ask,
}
FRAMES: Mapping[str, type[Guard]] = {"postgresql": PostgresqlFrames, "oracle": OracleFrames}
OVERHEAD_BYTES = 64 * 1024
"""What a login may take beside the rows: greetings, certificates, what the driver asks about types."""


async def answered(database: Database, vantage: Vantage) -> Answer:
    """Return the answer to the one statement.

    Raises:
        ProbeError: There is none, or it is more than the check allows.
        OSError: No connection; ``ssl.SSLError`` when TLS failed.
    """
    password = "" if database.password is None else vantage.reveal(database.password)
    if database.password is not None and not password:
        raise ProbeError(Reason.SECRET, "the password is empty")
    seconds = max(0.0, vantage.deadline - time.monotonic())
    ask = DRIVERS[database.product]
    run: Aside[Answer] = Aside(
        vantage,
        lambda aside: ask(aside, database, password, seconds),
        most_bytes=database.max_bytes + OVERHEAD_BYTES,
        tls=vantage.tls(database.tls_config) if database.tls else None,
        server_name=database.tls_config.server_name,
        guard=FRAMES.get(database.product),
        preferred_ip_protocol=database.preferred_ip_protocol,
        ip_protocol_fallback=database.ip_protocol_fallback,
    )
    return await run.run()
