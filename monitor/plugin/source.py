"""Sources: places that rows come from, for probes that look at data."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from monitor.plugin.vantage import Vantage

Cell = str | int | float | bool | datetime | None
Row = Mapping[str, Cell]


class Rows(Protocol):
    """Fulfilled by a source: a frozen dataclass whose fields are its configuration."""

    def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        """Yield rows one by one; what is read goes through the vantage, so its limits hold.

        Raises:
            ProbeError: The answer holds no rows, or more than the source's limit of rows or bytes.
        """
        ...


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of source on offer: ``source: {NAME: {…}}`` in the configuration of a data probe."""

    name: str
    source: type[Any]
