"""PostgreSQL, through asyncpg: the extended protocol takes one statement, and a portal gives so many of its rows."""

import time
from typing import Any

from datashare_monitor_sql.answer import Answer, rows_of
from datashare_monitor_sql.database import Database
from datashare_monitor_sql.faults import nonsense, refused
from monitor.plugin import ProbeError, Reason
from monitor.plugin.drivers import Aside

BATCH = 500


async def ask(run: Aside[Answer], database: Database, password: str, seconds: float) -> Answer:
    """Return the answer to the statement, asked in a read-only transaction."""
    import asyncpg

    try:
        connection = await asyncpg.connect(
            # As lists, in full and with a service that is none: nothing is taken from a comma or from the environment.
            host=[database.target.host],
            port=[database.target.port],
            user=database.user,
            password=password,
            database=database.database,
            service="",
            passfile="/dev/null",
            target_session_attrs="any",
            ssl=run.tls or False,
            direct_tls=False,
            timeout=seconds + 1,
            statement_cache_size=0,
        )
        try:
            return await _asked(connection, run, database, seconds)
        finally:
            connection.terminate()
    except asyncpg.PostgresError as error:
        raise refused(str(error.sqlstate or "XX000")) from None
    except (asyncpg.InternalClientError, asyncpg.InterfaceError) as error:
        raise _of_driver(error) from None
    except Exception as error:  # noqa: BLE001 - foreign code over what a server sends
        if isinstance(error, ConnectionError) and "SSL" in str(error):
            raise ProbeError(Reason.TLS, "the server offers no TLS") from None
        raise nonsense(error) from None


async def _asked(connection: Any, run: Aside[Answer], database: Database, seconds: float) -> Answer:
    run.turn("query")
    began = time.perf_counter()
    async with connection.transaction(readonly=True):
        await connection.execute(f"SET LOCAL statement_timeout = {max(1, round(seconds * 1000))}")
        prepared = await connection.prepare(database.query)
        columns = [one.name for one in prepared.get_attributes()]
        cursor = await prepared.cursor()
        records: list[Any] = []
        while len(records) <= database.max_rows:
            batch = await cursor.fetch(min(BATCH, database.max_rows + 1 - len(records)))
            if not batch:
                break
            records += batch
    took = time.perf_counter() - began
    return Answer(rows_of(columns, (tuple(record) for record in records), database), took)


def _of_driver(error: Exception) -> ProbeError:
    """Return what an error means that the driver raises without a word of the server's."""
    if "password" in str(error) or "SASL" in str(error) or "authentication" in str(error):
        return ProbeError(Reason.UNAUTHORIZED, "the server asks for a login that cannot be given")
    return nonsense(error)
