"""The probe of kind ``contract``."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from datashare_monitor_contract import openapi, samples, xml
from datashare_monitor_contract.drift import clean, drift, fingerprint
from datashare_monitor_contract.promise import MOST
from monitor.plugin import (
    HttpOptions,
    Measure,
    Observation,
    ProbeError,
    Reason,
    Size,
    Source,
    TlsConfig,
    Url,
    Vantage,
    degraded,
    down,
    up,
)

GONE = Measure("exchange_contract_promises_gone", "Promises of the agreed contract that are not kept any more.")
NEW = Measure("exchange_contract_promises_new", "Promises that the agreed contract does not have.")
SAMPLE_VALID = Measure("exchange_contract_sample_valid", "Whether the sample is valid by the agreed contract.")
MEASURES = (GONE, NEW, SAMPLE_VALID)
PROMISES: Mapping[str, Callable[[bytes], list[str]]] = {
    "openapi": openapi.promises,
    "wsdl": xml.of_wsdl,
    "xsd": xml.of_schema,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An answer that is validated against the agreed contract.

    Attributes:
        url: Where it is had, by GET.
        schema: With OpenAPI, the name of its schema.
    """

    url: Url
    schema: str | None = None


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Degraded once an interface promises something else than was agreed on; the detail says what.

    Of a document what matters is compared, not its layout: operations, parameters, types, which are required. Of a
    table, its columns: the source gives a row a column, such as from ``information_schema.columns``.

    Attributes:
        url: Where the interface publishes its contract.
        format: What the contract is written in.
        approved: A file with the agreed contract, as it was published then.
        source: Or the source of a table's columns.
        name_column, type_column: How that source calls a column's name and type.
        columns: The agreed columns and their types.
        sample: An answer to validate; down when it is not valid.
        body_size_limit: The longest document that is read.
    """

    url: Url | None = None
    format: Literal["openapi", "wsdl", "xsd"] | None = None
    approved: str | None = None
    source: Source | None = None
    name_column: str = "column_name"
    type_column: str = "data_type"
    columns: Mapping[str, str] | None = None
    sample: Sample | None = None
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    body_size_limit: Size = 1024 * 1024

    def __post_init__(self) -> None:
        document = (self.url, self.format, self.approved)
        table = (self.source, self.columns)
        if all(document) == all(table) or (any(document) and any(table)):
            raise ValueError("write url, format and approved for a document, or source and columns for a table")
        if self.sample is not None:
            if self.format not in ("openapi", "xsd"):
                raise ValueError("a sample is validated against a format of openapi or xsd")
            if (self.format == "openapi") != (self.sample.schema is not None):
                raise ValueError("write sample: {schema: NAME} with openapi, and none with xsd")

    async def observe(self, vantage: Vantage) -> Observation:
        """Compare what is promised now with what was agreed on, and validate the sample."""
        if self.source is not None:
            agreed = [_column(name, kind) for name, kind in (self.columns or {}).items()]
            live = await self._columns(self.source, vantage)
            return await asyncio.to_thread(_judged, agreed, live)
        approved = await asyncio.to_thread(self._approved)
        document = await self._fetched(self.url or "", vantage)
        if (seen := await self._sampled(approved, vantage)) is not None:
            return seen
        read = PROMISES[self.format or ""]
        try:
            agreed = await asyncio.to_thread(read, approved)
        except (ValueError, ProbeError) as error:
            raise ProbeError(Reason.PLUGIN, f"the agreed contract cannot be read: {error}") from error
        try:
            live = await asyncio.to_thread(read, document)
        except ValueError as error:
            return down(Reason.CONTENT, f"the contract that is published cannot be read: {error}")
        return await asyncio.to_thread(_judged, agreed, live)

    async def _sampled(self, approved: bytes, vantage: Vantage) -> Observation | None:
        """Return what is wrong with the sample; None when nothing is."""
        if self.sample is None:
            return None
        answer = await self._fetched(self.sample.url, vantage)
        if self.format == "openapi":
            fault = await asyncio.to_thread(samples.fault_by_openapi, approved, self.sample.schema or "", answer)
        else:
            fault = await asyncio.to_thread(samples.fault_by_xsd, approved, answer)
        vantage.note(SAMPLE_VALID(int(not fault)))
        return down(Reason.CONTENT, f"the sample {fault}") if fault else None

    async def _fetched(self, url: str, vantage: Vantage) -> bytes:
        options = HttpOptions(tls_config=self.tls_config, max_body=self.body_size_limit)
        answer = await vantage.http.request("GET", url, options=options)
        if answer.status != 200:
            raise ProbeError(Reason.STATUS, f"answered {answer.status}, expected 200")
        return answer.body

    def _approved(self) -> bytes:
        try:
            with Path(self.approved or "").open("rb") as file:
                return file.read(self.body_size_limit)
        except OSError as error:
            raise ProbeError(Reason.PLUGIN, f"the agreed contract cannot be read: {error.strerror}") from error

    async def _columns(self, source: Source, vantage: Vantage) -> list[str]:
        found = []
        async for row in source.rows(vantage):
            if self.name_column not in row or self.type_column not in row:
                raise ProbeError(Reason.CONTENT, f"the source has no columns {self.name_column}, {self.type_column}")
            name, kind = row[self.name_column], row[self.type_column]
            if not isinstance(name, str) or not isinstance(kind, str):
                raise ProbeError(
                    Reason.CONTENT, f"a column has no text as its {self.name_column} or {self.type_column}"
                )
            found.append(_column(name, kind))
            if len(found) > MOST:
                raise ProbeError(Reason.TOO_LARGE, f"the table has more than {MOST} columns")
        if not found:
            raise ProbeError(Reason.CONTENT, "there is no such table, or no right to see it")
        return found


def _column(name: str, kind: str) -> str:
    return clean(f"column {name}: {kind.lower()}")


def _judged(agreed: Sequence[str], live: Sequence[str]) -> Observation:
    found = drift(agreed, live)
    readings = (GONE(len(found.gone)), NEW(len(found.new)))
    if found:
        return degraded(Reason.MISMATCH, f"the contract drifted: {found}", *readings)
    return up(*readings, detail=f"as agreed, {len(agreed)} promises, {fingerprint(agreed)[:12]}")
