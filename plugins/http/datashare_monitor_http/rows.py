"""The source of kind ``http``: rows of a JSON document."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.plugin import HttpOptions, ProbeError, Reason, Row, Size, TlsConfig, Url, Vantage
from monitor.plugin.http.credentials import Authorization, with_authorization


@dataclass(frozen=True, kw_only=True)
class HttpRows:
    """Rows of a JSON document: the objects of a list. A member that is itself a list or an object is left out.

    Attributes:
        path: Where in the document the list is, such as ``result.items``; empty when the document is the list.
        max_rows: A longer list is refused.
        body_size_limit: The longest document read, after decompression.
    """

    url: Url
    path: str = ""
    authorization: Authorization | None = None
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    max_rows: int = 10_000
    body_size_limit: Size = 1024 * 1024

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        """Yield the rows in the order of the document.

        Raises:
            ProbeError: There is no list of objects at ``path``, or it is too long.
        """
        headers = with_authorization(None, self.authorization, vantage)
        options = HttpOptions(tls_config=self.tls_config, max_body=self.body_size_limit)
        found = await vantage.http.json(self.url, headers=headers, options=options)
        for name in filter(None, self.path.split(".")):
            found = found.get(name) if isinstance(found, Mapping) else None
        if not isinstance(found, list):
            raise ProbeError(Reason.CONTENT, f"no list at {self.path or 'the top'} of the document")
        if len(found) > self.max_rows:
            raise ProbeError(Reason.TOO_LARGE, f"{len(found)} rows, limit {self.max_rows}")
        for row in found:
            yield _cells(row)


def _cells(row: Any) -> Row:
    if not isinstance(row, Mapping):
        raise ProbeError(Reason.CONTENT, f"a row is a {type(row).__name__}, expected an object")
    return {name: cell for name, cell in row.items() if not isinstance(cell, (list, dict))}
