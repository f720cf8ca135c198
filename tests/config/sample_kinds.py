"""A plugin for the tests of the configuration: its kinds do not change when ours do."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from monitor.plugin import (
    Duration,
    HostPort,
    Measure,
    Observation,
    Pattern,
    ProbeKind,
    Row,
    Secret,
    Size,
    Source,
    SourceKind,
    TlsConfig,
    Url,
    Vantage,
    hookimpl,
    up,
)

AGE = Measure("probe_sample_age_seconds", "Age of the newest record.")
LOOKS = Measure("probe_sample_looks", "Looks taken.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    credentials: Secret


@dataclass(frozen=True, kw_only=True)
class Http:
    """Asks for a page."""

    target: Url
    method: Literal["GET", "HEAD", "POST"] = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    valid_status_codes: tuple[int, ...] = ()
    fail_if_body_not_matches_regexp: tuple[Pattern, ...] = ()
    body_size_limit: Size = 1024 * 1024
    authorization: Authorization | None = None
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    follow_redirects: bool = True

    async def observe(self, vantage: Vantage) -> Observation:
        return up()


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """Looks at the newest record."""

    url: Url | None = None
    source: Source | None = None
    max_age: Duration = timedelta(days=1)

    def __post_init__(self) -> None:
        if self.max_age > timedelta(days=365):
            raise ValueError("max_age is more than a year; no record is that patient")

    async def observe(self, vantage: Vantage) -> Observation:
        return up()

    def measures(self) -> list[Measure]:
        return [LOOKS] if self.source else []


@dataclass(frozen=True, kw_only=True)
class Tls:
    """Looks at a certificate."""

    target: HostPort
    min_days: int = 14

    async def observe(self, vantage: Vantage) -> Observation:
        return up()


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of a table."""

    name: str
    most: int = 10

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        yield {"name": self.name}


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind | SourceKind]:
    yield ProbeKind("http", Http)
    yield ProbeKind("freshness", Freshness, measures=[AGE])
    yield ProbeKind("tls", Tls)
    yield SourceKind("table", Table)
