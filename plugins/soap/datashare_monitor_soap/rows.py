"""The source of kind ``soap``: rows of an answer."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lxml import etree

from datashare_monitor_soap.call import call, check, refusal
from datashare_monitor_soap.security import UsernameToken
from monitor.plugin import Cell, ProbeError, Reason, Row, Secret, Size, TlsConfig, Url, Vantage
from monitor.plugin.http import BasicAuth, HeaderValues, Wallet, apart, check_xpath, text_of

LONGEST_CELL = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class SoapRows:
    """Rows of the answer of a SOAP service: one for each element that an XPath finds. Every cell is text.

    Attributes:
        target: Where the envelope is sent.
        body: What the body of the envelope holds, as XML; ``{secret:NAME}`` in it stands for a secret.
        rows_at: The elements, by XPath 1.0 over the envelope.
        cells: Each cell, by XPath from its element.
        namespaces: URIs by the prefixes that these use.
        max_rows: More are refused.
    """

    target: Url
    body: str
    rows_at: str
    cells: Mapping[str, str]
    namespaces: Mapping[str, str] = field(default_factory=dict)
    header: str = ""
    secrets: Mapping[str, Secret] = field(default_factory=dict)
    version: Literal["1.1", "1.2"] = "1.1"
    action: str = ""
    username_token: UsernameToken | None = None
    allow_cleartext_password: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    http_headers: Mapping[str, HeaderValues] = field(default_factory=dict)
    basic_auth: BasicAuth | None = None
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    max_rows: int = 10_000
    body_size_limit: Size = 1024 * 1024

    def __post_init__(self) -> None:
        check(self)
        if not self.cells:
            raise ValueError("cells has none; write {name: XPATH}")
        for expression in (self.rows_at, *self.cells.values()):
            check_xpath(expression, self.namespaces)

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        """Yield the rows in the order of the answer.

        Raises:
            ProbeError: The answer is a fault or none of SOAP, or has too many rows.
        """
        answered = await call(self, self.target, vantage, Wallet(vantage))
        refused = refusal(answered)
        if refused is not None:
            raise refused
        fault, root = (answered.envelope.fault, answered.envelope.root) if answered.envelope else (None, None)
        if fault is not None:
            raise ProbeError(fault.reason, f"answered with the fault {fault.code}", fault.side)
        for row in await apart(answered.answer.body, lambda: self._found(root)):
            yield row

    def _found(self, root: Any) -> list[Row]:
        spaces = dict(self.namespaces) or None
        nodes = self._evaluated(etree.XPath(self.rows_at, namespaces=spaces, regexp=False), root)
        if len(nodes) > self.max_rows:
            raise ProbeError(Reason.TOO_LARGE, f"{len(nodes)} rows, limit {self.max_rows}")
        each = {name: etree.XPath(text, namespaces=spaces, regexp=False) for name, text in self.cells.items()}
        return [{name: cell(find(node)) for name, find in each.items()} for node in nodes]

    def _evaluated(self, find: Any, root: Any) -> list[Any]:
        found = find(root)
        if not isinstance(found, list) or not all(isinstance(node, etree._Element) for node in found):  # noqa: SLF001
            raise ProbeError(Reason.CONTENT, f"{self.rows_at[:60]} finds no elements")
        return found


def cell(found: Any) -> Cell:
    """Return what an XPath finds in a row; None when it finds nothing.

    Raises:
        ProbeError: It is too long: of rows within rows, each would hold the text of all the others.
    """
    if isinstance(found, list):
        found = text_of(found[0]) if found else None
    if isinstance(found, str) and len(found) > LONGEST_CELL:
        raise ProbeError(Reason.TOO_LARGE, f"a cell has more than {LONGEST_CELL} characters")
    return found if isinstance(found, str | float | bool) else None
