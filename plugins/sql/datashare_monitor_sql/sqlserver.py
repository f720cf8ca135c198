"""SQL Server, through python-tds, which blocks: in the thread of its run. Not yet tried against a live server.

Refused, stalled and noisy servers are tested. SQL Server has no read-only transactions: what keeps it from writing
is the judge of statements, the account's rights, and that nothing is ever committed.
"""

import socket
import ssl
import sys
import time
from typing import Any

from datashare_monitor_sql.answer import Answer, rows_of
from datashare_monitor_sql.database import Database
from datashare_monitor_sql.faults import SQLSERVER, nonsense, refused
from monitor.plugin import ProbeError, Reason
from monitor.plugin.counted_socket import CountedSocket
from monitor.plugin.drivers import Aside


class HeldSocket(CountedSocket):
    """A socket that python-tds cannot leave for another server.

    When a server sends it on to another address, the driver closes its socket and connects there itself, past the
    egress policy. It closes it for no other reason but while it handles an error.
    """

    is_held = True

    def close(self) -> None:
        """Close; unless there is no error, in which case this is the driver on its way elsewhere."""
        if sys.exc_info()[0] is None and self.is_held:
            raise ProbeError(Reason.REDIRECT, "the server sends the login on to another server; name that as target")
        super().close()


async def ask(run: Aside[Answer], database: Database, password: str, seconds: float) -> Answer:
    """Return the answer to the statement; nothing is ever committed."""
    import pytds

    try:
        line = await run.connected(database.target.host, database.target.port, HeldSocket)
        line.settimeout(None)
        run.turn("login")
        connection = pytds.connect(
            dsn=database.tls_config.server_name or database.target.host,
            database=database.database,
            user=database.user,
            password=password,
            port=database.target.port,
            timeout=seconds,
            login_timeout=seconds + 1,
            sock=line,
            cafile=_authorities(database) if database.tls else None,
            readonly=True,
            autocommit=False,
            disable_connect_retry=True,
            appname="datashare-monitor",
        )
        try:
            return _asked(connection, run, database, seconds)
        finally:
            line.is_held = False
    except pytds.Error as error:
        raise _reported(error) from None
    except Exception as error:  # noqa: BLE001 - foreign code over what a server sends
        raise _of_tls(error) or nonsense(error) from None


def _asked(connection: Any, run: Aside[Answer], database: Database, seconds: float) -> Answer:
    run.turn("query")
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCK_TIMEOUT {max(1, round(seconds * 1000))}; SET ROWCOUNT {database.max_rows + 1}")
        cursor.execute(database.query)
        columns = [one[0] for one in cursor.description or ()]
        records = cursor.fetchmany(database.max_rows + 1)
    connection.rollback()
    took = time.perf_counter() - began
    return Answer(rows_of(columns, records, database), took)


def _authorities(database: Database) -> str:
    """Return the file of the certificates to trust.

    Raises:
        ProbeError: There is none.
    """
    found = database.tls_config.ca_file or ssl.get_default_verify_paths().cafile
    if found is None:
        raise ProbeError(Reason.SECRET, "this system has no file of authorities; name one with tls_config: ca_file")
    return found


def _reported(error: Any) -> ProbeError:
    number = getattr(error, "msg_no", 0) or getattr(error, "number", 0) or 0
    if number:
        return refused(SQLSERVER.get(number, "HY000"), str(number))
    if isinstance(error, ssl.SSLError) or "ertificate" in str(error):
        return ProbeError(Reason.CERTIFICATE_NAME, "the certificate is another host's")
    if isinstance(error.__cause__ or error.__context__, socket.timeout):
        return ProbeError(Reason.TIMEOUT, "no answer in time")
    if "closed" in str(error).lower():
        return ProbeError(Reason.DISCONNECTED, "the connection ended before the answer did")
    if "encryption" in str(error).lower():
        return ProbeError(Reason.TLS, "the server and the check do not agree on TLS")
    return nonsense(error)


def _of_tls(error: Exception) -> ProbeError | None:
    """Return what a failure of OpenSSL means that came by way of pyOpenSSL; None for any other."""
    from OpenSSL import SSL

    if not isinstance(error, SSL.Error):
        return None
    if "certificate verify failed" in str(error):
        return ProbeError(Reason.CERTIFICATE, "the certificate is not accepted")
    return ProbeError(Reason.TLS, "TLS failed")
