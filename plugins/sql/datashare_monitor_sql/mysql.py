"""MySQL and MariaDB, through aiomysql: rows come as they are asked for, and no more than so many leave the server."""

import time
from functools import cache
from typing import Any

from datashare_monitor_sql.answer import Answer, rows_of
from datashare_monitor_sql.database import Database
from datashare_monitor_sql.faults import MYSQL, nonsense, refused
from monitor.plugin import ProbeError, Reason
from monitor.plugin.drivers import Aside


async def ask(run: Aside[Answer], database: Database, password: str, seconds: float) -> Answer:
    """Return the answer to the statement, asked in a read-only transaction."""
    import aiomysql

    try:
        connection = conversation(
            host=database.target.host,
            port=database.target.port,
            user=database.user,
            password=password,
            db=database.database or None,
            ssl=run.tls,
            charset="utf8mb4",
            connect_timeout=seconds + 1,
            autocommit=None,
            cursorclass=aiomysql.SSCursor,
        )
        try:
            await connection._connect()  # noqa: SLF001 - aiomysql.connect() takes no class of its caller's
            return await _asked(connection, run, database, seconds)
        finally:
            connection.close()
    except aiomysql.MySQLError as error:
        raise _reported(error) from None
    except Exception as error:  # noqa: BLE001 - foreign code over what a server sends
        raise nonsense(error) from None


def conversation(**settings: Any) -> Any:
    """Return a connection that insists on TLS, to which one statement at a time may be sent."""
    from pymysql.constants import CLIENT

    made = insisting()(**settings)
    made.client_flag &= ~CLIENT.MULTI_STATEMENTS
    return made


@cache
def insisting() -> Any:
    """Return the class of connections that insist on TLS, where aiomysql does without when the server offers none."""
    import aiomysql
    from pymysql.constants import CLIENT

    class Insisting(aiomysql.Connection):  # type: ignore[misc]
        async def _get_server_information(self) -> None:
            await super()._get_server_information()
            if self._ssl_context and not self.server_capabilities & CLIENT.SSL:
                raise ProbeError(Reason.TLS, "the server offers no TLS")

    return Insisting


async def _asked(connection: Any, run: Aside[Answer], database: Database, seconds: float) -> Answer:
    run.turn("query")
    began = time.perf_counter()
    is_mariadb = "mariadb" in str(connection.get_server_info()).lower()
    limit = (
        f"max_statement_time = {max(0.001, seconds):.3f}"
        if is_mariadb
        else (f"max_execution_time = {max(1, round(seconds * 1000))}")
    )
    await connection.query(f"SET SESSION {limit}, sql_select_limit = {database.max_rows + 1}")
    await connection.query("START TRANSACTION READ ONLY")
    cursor = await connection.cursor()
    await cursor.execute(database.query)
    columns = [one[0] for one in cursor.description or ()]
    records = await cursor.fetchmany(database.max_rows + 1)
    took = time.perf_counter() - began
    return Answer(rows_of(columns, records or (), database), took)


def _reported(error: Exception) -> ProbeError:
    """Return what an error of the protocol means; its second part is the server's text, which is left out."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    if number in MYSQL or 1000 <= number < 2000 or number >= 3000:
        return refused(MYSQL.get(number, "HY000"), str(number))
    if isinstance(error.__cause__, OSError):
        return nonsense(error.__cause__)
    if number in {2006, 2013}:
        return ProbeError(Reason.DISCONNECTED, "the connection ended before the answer did")
    return nonsense(error)
