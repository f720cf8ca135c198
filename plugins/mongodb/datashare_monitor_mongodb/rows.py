"""The source of kind ``mongodb``: the documents that a question is answered with."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from datashare_monitor_mongodb.asking import answered
from datashare_monitor_mongodb.database import Database
from monitor.plugin import Row, Vantage


@dataclass(frozen=True, kw_only=True)
class MongodbRows(Database):
    """Documents that a filter or a pipeline finds; the fields are those of the probe ``mongodb``.

    Attributes:
        target: ``host:port``.
        filter: Which documents, in Extended JSON.
        pipeline: Or a pipeline of stages that read.
        max_rows: More are refused.
    """

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        """Yield the documents in the order of the answer.

        Raises:
            ProbeError: There is no answer, or it is more than the limits allow.
        """
        answer = await answered(self, vantage)
        for row in answer.rows:
            yield row
