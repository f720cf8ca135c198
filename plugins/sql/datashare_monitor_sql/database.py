"""Which database is asked, as whom, how, and how much it may answer."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from datashare_monitor_sql import statement
from monitor.plugin import HostPort, IpProtocol, Secret, Size, TlsConfig

Product = Literal["postgresql", "mysql", "mariadb", "oracle", "sqlserver"]
MOST_ROWS = 10_000
NAMED = {"oracle": "service name", "sqlserver": "database", "postgresql": "database"}
"""What ``database`` is; MySQL and MariaDB do without one."""


@dataclass(frozen=True, kw_only=True)
class Database:
    """The fields that the probe and the source share; their docstrings say what each is."""

    target: HostPort
    product: Product
    query: str
    user: str
    password: Secret | None = None
    database: str = ""
    tls: bool = True
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    allow_cleartext: bool = False
    time_zone: str | None = None
    max_rows: int = 1000
    max_bytes: Size = 1024 * 1024
    max_cell: int = 4096
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    def __post_init__(self) -> None:
        statement.check(self.query, self.product)
        if not self.user:
            raise ValueError("user is empty; write the name of an account that may only read")
        if not self.database and self.product in NAMED:
            raise ValueError(f"database is missing; write the {NAMED[self.product]}")
        for name, most in (("max_rows", MOST_ROWS), ("max_cell", 1024 * 1024)):
            if not 1 <= getattr(self, name) <= most:
                raise ValueError(f"{name} is {getattr(self, name)}; write 1 to {most}")
        self._check_tls()
        self.zone  # noqa: B018 - it says what is wrong

    @property
    def zone(self) -> tzinfo | None:
        """Of times that the database gives without one.

        Raises:
            ValueError: There is no such zone.
        """
        if self.time_zone is None:
            return None
        try:
            return ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f'there is no time zone "{self.time_zone[:40]}"; write Asia/Ho_Chi_Minh') from None

    def _check_tls(self) -> None:
        if not self.tls and self.tls_config != TlsConfig():
            raise ValueError("tls_config does nothing with tls: false")
        if not self.tls and not self.allow_cleartext:
            raise ValueError(
                "without TLS the login and the answers go over the network in the clear; write tls: true, or"
                " allow_cleartext: true if that is meant"
            )
        if self.tls and self.allow_cleartext:
            raise ValueError("allow_cleartext does nothing with TLS; leave it out, or write tls: false")
        if self.product == "sqlserver" and self.tls:
            config = self.tls_config
            if config.cert_file or config.insecure_skip_verify or config.min_version or config.max_version:
                raise ValueError("with SQL Server tls_config takes ca_file and server_name; its driver has no more")
