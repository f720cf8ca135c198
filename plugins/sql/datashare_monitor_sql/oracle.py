"""Oracle Database, through python-oracledb's thin mode. Not yet tried against a live server.

Refused, stalled and noisy servers are tested. A listener that sends the client on to another address, as those of RAC
do, is followed where the egress policy allows that address.
"""

import time
from typing import Any

from datashare_monitor_sql.answer import Answer, rows_of
from datashare_monitor_sql.database import Database
from datashare_monitor_sql.faults import ORACLE, nonsense, refused
from monitor.plugin import ProbeError, Reason
from monitor.plugin.drivers import Aside
from monitor.plugin.guard import MOST_ITERATIONS


async def ask(run: Aside[Answer], database: Database, password: str, seconds: float) -> Answer:
    """Return the answer to the statement, asked in a read-only transaction."""
    import oracledb
    from oracledb import thin_impl  # type: ignore[attr-defined] # compiled, and without types

    thin_impl.pbkdf2 = Derivation
    try:
        connection = await oracledb.connect_async(
            user=database.user,
            password=password,
            host=database.target.host,
            port=database.target.port,
            service_name=database.database,
            protocol="tcps" if database.tls else "tcp",
            # Who it is, is verified by our own context, under the name that the check has.
            ssl_server_dn_match=False,
            ssl_context=_empty_context() if database.tls else None,
            tcp_connect_timeout=seconds + 1,
            retry_count=0,
            disable_oob=True,
            program="datashare-monitor",
            machine="monitor",
            osuser="monitor",
            terminal="monitor",
        )
        try:
            return await _asked(connection, run, database, seconds)
        finally:
            await connection.close()
    except oracledb.Error as error:
        raise _reported(error) from None
    except Exception as error:  # noqa: BLE001 - foreign code over what a server sends
        raise nonsense(error) from None


async def _asked(connection: Any, run: Aside[Answer], database: Database, seconds: float) -> Answer:
    run.turn("query")
    began = time.perf_counter()
    connection.call_timeout = max(1, round(seconds * 1000))
    with connection.cursor() as cursor:
        await cursor.execute("SET TRANSACTION READ ONLY")
        cursor.prefetchrows = cursor.arraysize = min(database.max_rows + 1, 500)
        await cursor.execute(database.query)
        columns = [one[0].lower() for one in cursor.description or ()]
        records = await cursor.fetchmany(database.max_rows + 1)
    took = time.perf_counter() - began
    return Answer(rows_of(columns, records, database), took)


class Derivation:
    """Stands where the driver looks for its key derivation: the server says how many rounds, and it sets no limit."""

    @staticmethod
    def PBKDF2HMAC(**options: Any) -> Any:  # noqa: N802 - the library's name
        """Return the derivation, unless it takes too long."""
        from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

        if options["iterations"] > MOST_ITERATIONS:
            raise ProbeError(Reason.PROTOCOL, "the server wants the password hashed too many times")
        return PBKDF2HMAC(**options)


def _empty_context() -> Any:
    """Return a context for the driver to change as it likes; it is never used."""
    import ssl

    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _reported(error: Exception) -> ProbeError:
    """Return what an error means, by its number; those of the driver itself begin with DPY."""
    told = error.args[0] if error.args else None
    code = str(getattr(told, "full_code", ""))
    if code.startswith("ORA-") and code[4:].isdigit():
        return refused(ORACLE.get(int(code[4:]), "HY000"), code[:12])
    if code in {"DPY-4011", "DPY-1001", "DPY-6005"}:
        return ProbeError(Reason.DISCONNECTED, f"the connection ended before the answer did ({code})")
    if code in {"DPY-6001", "DPY-6003"}:
        return ProbeError(Reason.CONTENT, f"the listener knows no such service ({code})")
    if code in {"DPY-4024", "DPY-6002"}:
        return ProbeError(Reason.SLOW, f"the statement ran into its time limit ({code})")
    return ProbeError(Reason.PROTOCOL, f"the answer is none of this database's protocol ({code[:12] or 'no code'})")
