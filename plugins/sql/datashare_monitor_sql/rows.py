"""The source of kind ``sql``: the rows a statement answers with."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from datashare_monitor_sql.asking import answered
from datashare_monitor_sql.database import Database
from monitor.plugin import Row, Vantage


@dataclass(frozen=True, kw_only=True)
class SqlRows(Database):
    """Rows that one statement reads from a database; the fields are those of the probe ``sql``.

    Attributes:
        target: ``host:port``.
        product: Whose database it is.
        query: One statement that reads; columns are called as it calls them.
        user: An account that may only read.
        password: Its password; read again when its file changes.
        database: Its name; with Oracle the service name.
        tls: Whether to speak TLS, as a server is told to do that has it.
        allow_cleartext: Whether login and answers may go without TLS.
        time_zone: Of times that the database gives without one, ``Asia/Ho_Chi_Minh``.
        max_rows: More are refused.
        max_bytes: More are not read.
        max_cell: Characters of one cell; a longer one is refused.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        """Yield the rows in the order of the answer.

        Raises:
            ProbeError: There is no answer, or it is more than the limits allow.
        """
        answer = await answered(self, vantage)
        for row in answer.rows:
            yield row
