"""The source of kind ``http``: rows of a JSON document, or of a text with separated values."""

import csv
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, Literal

from monitor.plugin import HttpOptions, ProbeError, Reason, Row, Size, TlsConfig, Url, Vantage
from monitor.plugin.http.credentials import Authorization, with_authorization

MOST_COLUMNS = 200


@dataclass(frozen=True, kw_only=True)
class HttpRows:
    """Rows of a JSON document: the objects of a list. A member that is itself a list or an object is left out.

    Attributes:
        format: ``csv`` for a text whose first line names the columns; all its cells are texts.
        delimiter: Between two cells of ``csv``.
        path: Where in the document the list is, such as ``result.items``; empty when the document is the list.
        max_rows: A longer list is refused.
        body_size_limit: The longest document read, after decompression.
    """

    url: Url
    format: Literal["json", "csv"] = "json"
    delimiter: str = ","
    path: str = ""
    authorization: Authorization | None = None
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    max_rows: int = 10_000
    body_size_limit: Size = 1024 * 1024

    def __post_init__(self) -> None:
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n':
            raise ValueError('delimiter: write one character, such as ";"')
        if self.path and self.format == "csv":
            raise ValueError("path is for json; leave it out")

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        """Yield the rows in the order of the document.

        Raises:
            ProbeError: There is no list of objects at ``path``, no line with the names of columns, or too many rows.
        """
        headers = with_authorization(None, self.authorization, vantage)
        options = HttpOptions(tls_config=self.tls_config, max_body=self.body_size_limit)
        if self.format == "csv":
            answer = await vantage.http.request("GET", self.url, headers=headers, options=options)
            if not 200 <= answer.status < 300:
                raise ProbeError(Reason.STATUS, f"answered {answer.status}, expected 2xx")
            for row in self._lines(answer.text()):
                yield row
            return
        found = await vantage.http.json(self.url, headers=headers, options=options)
        for name in filter(None, self.path.split(".")):
            found = found.get(name) if isinstance(found, Mapping) else None
        if not isinstance(found, list):
            raise ProbeError(Reason.CONTENT, f"no list at {self.path or 'the top'} of the document")
        if len(found) > self.max_rows:
            raise ProbeError(Reason.TOO_LARGE, f"{len(found)} rows, limit {self.max_rows}")
        for row in found:
            yield _cells(row)

    def _lines(self, text: str) -> Iterator[Row]:
        lines = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=self.delimiter, strict=True)
        try:
            names = [name.strip() for name in next(lines, [])]
            if not all(names) or not 0 < len(set(names)) == len(names) <= MOST_COLUMNS:
                raise ProbeError(Reason.CONTENT, "the first line does not name the columns")
            for number, cells in enumerate(filter(None, lines), 1):
                if number > self.max_rows:
                    raise ProbeError(Reason.TOO_LARGE, f"more than {self.max_rows} rows")
                if len(cells) != len(names):
                    raise ProbeError(Reason.CONTENT, f"row {number} has {len(cells)} cells, expected {len(names)}")
                yield dict(zip(names, cells, strict=True))
        except csv.Error as error:
            raise ProbeError(Reason.CONTENT, "the document is not separated values") from error


def _cells(row: Any) -> Row:
    if not isinstance(row, Mapping):
        raise ProbeError(Reason.CONTENT, f"a row is a {type(row).__name__}, expected an object")
    return {name: cell for name, cell in row.items() if not isinstance(cell, (list, dict))}
