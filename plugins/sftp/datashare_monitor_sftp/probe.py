"""The probe of kind ``sftp``."""

from dataclasses import dataclass

from datashare_monitor_sftp.listing import MOST_ENTRIES, Choice, listed
from datashare_monitor_sftp.login import Login
from datashare_monitor_sftp.session import session
from monitor.plugin import HostPort, IpProtocol, Limits, Measure, Observation, Pattern, Vantage
from monitor.plugin.measures import WAITING

ENTRIES = Measure("probe_sftp_entries", "Entries of the folder that were read, those that do not count among them.")

MEASURES = (ENTRIES, *WAITING)


@dataclass(frozen=True, kw_only=True)
class SftpProbe:
    r"""Lists a folder over SFTP, and judges how many files lie there and how old they are.

    Only ordinary files in the folder itself count. Their times are the server's.

    Attributes:
        target: ``host:port``; the port is usually 22.
        login: Who logs in, and the host key of the server.
        folder: Where the files lie, ``/outbox`` or relative to where the login leads.
        pattern: Only files whose name matches count.
        ignore: Files whose name matches do not count, such as ones that are still being written: ``\.(tmp|part)$``.
        limits: How many may lie there, and how old the newest and the oldest may be.
        max_entries: Where counting stops; a folder with more is down. 1 to 100000.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    target: HostPort
    login: Login
    folder: str
    pattern: Pattern | None = None
    ignore: Pattern | None = None
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    max_entries: int = 10_000
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    def __post_init__(self) -> None:
        if not self.folder or "\0" in self.folder:
            raise ValueError("folder is empty; write / or . for where the login leads")
        if not 1 <= self.max_entries <= MOST_ENTRIES:
            raise ValueError(f"max_entries is {self.max_entries}; write 1 to {MOST_ENTRIES}")

    async def observe(self, vantage: Vantage) -> Observation:
        """List the folder once."""
        async with session(
            vantage, self.target, self.login, self.preferred_ip_protocol, fallback=self.ip_protocol_fallback
        ) as opened:
            with vantage.phase("list"):
                choice = Choice(pattern=self.pattern, ignore=self.ignore)
                tally = await opened.attended(listed(opened, self.folder, choice, self.max_entries))
        return self.limits.judge(tally.waiting(), vantage, ENTRIES(tally.seen))
