"""The probe of kind ``s3``."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from datashare_monitor_s3.bucket import Account, Bucket
from datashare_monitor_s3.tally import MOST_OBJECTS, Choice, counted
from monitor.plugin import Limits, Measure, Observation, Pattern, TlsConfig, Url, Vantage
from monitor.plugin.measures import TLS, WAITING

OBJECTS = Measure("probe_s3_objects", "Objects under the prefix that were read, those that do not count among them.")

MEASURES = (OBJECTS, *WAITING, *TLS)


@dataclass(frozen=True, kw_only=True)
class S3Probe:
    r"""Lists the objects under a prefix of a bucket (S3, MinIO, Ceph), and judges how many there are and how old.

    Attributes:
        endpoint: Where the store is: ``https://s3.agency.example``, without bucket and path.
        bucket: The bucket.
        prefix: Only objects whose key begins so are looked at.
        delimiter: ``/`` for what lies right under the prefix, without what is below.
        region: What the store calls its region; most stores of one's own take any.
        addressing: Whether the bucket is named in the path or in the host.
        account: Whose keys are used; nobody's for a bucket that is open to all.
        pattern: Only objects whose key matches count.
        ignore: Objects whose key matches do not count, such as ``\.tmp$``.
        limits: How many may lie there, and how old the newest and the oldest may be.
        max_objects: Where counting stops; a prefix with more is down. 1 to 100000.
    """

    endpoint: Url
    bucket: str
    prefix: str = ""
    delimiter: Literal["", "/"] = ""
    region: str = "us-east-1"
    addressing: Literal["path", "virtual"] = "path"
    account: Account | None = None
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    pattern: Pattern | None = None
    ignore: Pattern | None = None
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    max_objects: int = 10_000

    def __post_init__(self) -> None:
        _ = self._bucket
        if not 1 <= self.max_objects <= MOST_OBJECTS:
            raise ValueError(f"max_objects is {self.max_objects}; write 1 to {MOST_OBJECTS}")

    async def observe(self, vantage: Vantage) -> Observation:
        """List the objects once."""
        choice = Choice(prefix=self.prefix, delimiter=self.delimiter, pattern=self.pattern, ignore=self.ignore)
        tally = await counted(self._bucket, choice, self.max_objects, vantage)
        return self.limits.judge(tally.waiting(), vantage, OBJECTS(tally.seen))

    @cached_property
    def _bucket(self) -> Bucket:
        return Bucket(
            endpoint=self.endpoint, name=self.bucket, region=self.region, is_virtual=self.addressing == "virtual",
            account=self.account, tls_config=self.tls_config,
        )  # fmt: skip
