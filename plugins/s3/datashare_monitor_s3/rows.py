"""The source of kind ``s3``: rows of an object."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from datashare_monitor_s3.bucket import Account, Bucket
from datashare_monitor_s3.tally import MOST_OBJECTS, Choice, counted
from monitor.plugin import (
    Pattern,
    ProbeError,
    Reason,
    Row,
    Size,
    TableFormat,
    TlsConfig,
    Url,
    Vantage,
    rows_apart,
)


@dataclass(frozen=True, kw_only=True)
class S3Rows:
    """Rows of a CSV or JSON-lines object: of one object, or of the newest under a prefix.

    Attributes:
        endpoint: Where the store is, without bucket and path.
        bucket: The bucket.
        key: The object to read.
        prefix: Where the newest object is read, when there is no ``key``.
        region: What the store calls its region.
        addressing: Whether the bucket is named in the path or in the host.
        account: Whose keys are used; nobody's for a bucket that is open to all.
        pattern: Only objects whose key matches are looked at.
        ignore: Objects whose key matches are not.
        format: How rows are written.
        max_rows: An object with more is refused.
        max_size: A larger object is refused.
    """

    endpoint: Url
    bucket: str
    key: str = ""
    prefix: str = ""
    region: str = "us-east-1"
    addressing: Literal["path", "virtual"] = "path"
    account: Account | None = None
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    pattern: Pattern | None = None
    ignore: Pattern | None = None
    format: TableFormat = TableFormat.CSV
    max_rows: int = 10_000
    max_size: Size = 1024 * 1024

    def __post_init__(self) -> None:
        _ = self._bucket
        if self.key and (self.prefix or self.pattern or self.ignore):
            raise ValueError("prefix, pattern and ignore choose among objects; leave them out, or leave key out")

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        """Yield the rows in the order of the object.

        Raises:
            ProbeError: There is no such object, it is too large, or it cannot be read as rows.
            OSError: No connection, or it broke.
        """
        text = await self._bucket.read(vantage, self.key or await self._newest(vantage), self.max_size)
        async for row in rows_apart(text, self.format, self.max_rows):
            yield row

    async def _newest(self, vantage: Vantage) -> str:
        choice = Choice(prefix=self.prefix, pattern=self.pattern, ignore=self.ignore)
        tally = await counted(self._bucket, choice, MOST_OBJECTS, vantage)
        if tally.has_more:
            raise ProbeError(Reason.TOO_LARGE, f"more than {MOST_OBJECTS} objects under the prefix")
        if tally.newest is None:
            raise ProbeError(Reason.CONTENT, "no object under the prefix")
        return tally.newest.key

    @cached_property
    def _bucket(self) -> Bucket:
        return Bucket(
            endpoint=self.endpoint, name=self.bucket, region=self.region, is_virtual=self.addressing == "virtual",
            account=self.account, tls_config=self.tls_config,
        )  # fmt: skip
