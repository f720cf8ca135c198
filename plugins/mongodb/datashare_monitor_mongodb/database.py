"""Which server is asked, as whom, how, and how much it may answer."""

from dataclasses import dataclass

from datashare_monitor_mongodb.question import read_filter, read_pipeline
from monitor.plugin import HostPort, IpProtocol, Secret, Size, TlsConfig

MOST_ROWS = 10_000
OVERHEAD_BYTES = 64 * 1024


@dataclass(frozen=True, kw_only=True)
class Database:
    """The fields that the probe and the source share; their docstrings say what each is."""

    target: HostPort
    user: str = ""
    password: Secret | None = None
    auth_source: str = "admin"
    tls: bool = True
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    allow_cleartext: bool = False
    database: str = ""
    collection: str = ""
    filter: str | None = None
    pipeline: str | None = None
    max_rows: int = 1000
    max_bytes: Size = 1024 * 1024
    max_cell: int = 4096
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    def __post_init__(self) -> None:
        if bool(self.user) != (self.password is not None):
            raise ValueError("write user and password both, or neither")
        if self.filter is not None and self.pipeline is not None:
            raise ValueError("write filter or pipeline, not both")
        asks = self.filter is not None or self.pipeline is not None
        if asks != bool(self.collection) or asks != bool(self.database):
            raise ValueError("write database and collection with a filter or a pipeline; all three, or none for a ping")
        if self.filter is not None:
            read_filter(self.filter)
        if self.pipeline is not None:
            read_pipeline(self.pipeline)
        if not self.tls and not self.allow_cleartext:
            raise ValueError(
                "without TLS the login and the answers go over the network in the clear; write tls: true, or"
                " allow_cleartext: true if that is meant"
            )
        if not self.tls and self.tls_config != TlsConfig():
            raise ValueError("tls_config does nothing with tls: false")
        if not 1 <= self.max_rows <= MOST_ROWS:
            raise ValueError(f"max_rows is {self.max_rows}; write 1 to {MOST_ROWS}")
