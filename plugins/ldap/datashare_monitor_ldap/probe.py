"""The probe of kind ``ldap``."""

import time
from dataclasses import dataclass

from datashare_monitor_ldap.ber import Element
from datashare_monitor_ldap.directory import Directory
from datashare_monitor_ldap.readings import ENTRIES, RESULT_CODE, SSL
from datashare_monitor_ldap.results import SIZE_LIMIT_EXCEEDED, SUCCESS, Result
from datashare_monitor_ldap.search import Search, lines
from monitor.plugin import (
    HostPort,
    IpProtocol,
    Observation,
    ProbeError,
    Reason,
    Secret,
    Stream,
    TlsConfig,
    Vantage,
    down,
    up,
)
from monitor.plugin.inspecting import inspecting
from monitor.plugin.measures import FAILED_DUE_TO_REGEX, tls_readings


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search came to."""

    result: Result
    entries: int
    is_matched: bool


@dataclass(frozen=True, kw_only=True)
class LdapProbe:
    """Binds to a directory (LDAP version 3) and searches it if it is told what for.

    Attributes:
        target: ``host:port``.
        tls: Whether to speak TLS from the start (ldaps, usually port 636).
        starttls: Whether to turn to TLS first thing.
        bind_dn: Who we are, such as ``cn=monitor,dc=agency,dc=example``; nobody in particular when empty.
        password: Sent by simple bind.
        allow_cleartext_password: Whether the password may go out without TLS.
        search: What to search for after the bind.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    target: HostPort
    tls: bool = False
    starttls: bool = False
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    bind_dn: str = ""
    password: Secret | None = None
    allow_cleartext_password: bool = False
    search: Search | None = None
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    def __post_init__(self) -> None:
        is_secure = self.tls or self.starttls
        if self.tls and self.starttls:
            raise ValueError("write tls or starttls, not both")
        if self.tls_config != TlsConfig() and not is_secure:
            raise ValueError("tls_config does nothing without tls: true or starttls: true")
        if bool(self.bind_dn) != (self.password is not None):
            raise ValueError("write bind_dn and password both, or neither for an anonymous bind")
        if self.password is not None and not is_secure and not self.allow_cleartext_password:
            raise ValueError(
                "the password would go out in the clear; write tls: true, starttls: true or"
                " allow_cleartext_password: true"
            )

    async def observe(self, vantage: Vantage) -> Observation:
        """Bind once, and search once."""
        password = "" if self.password is None else vantage.reveal(self.password)
        if self.password is not None and not password:
            raise ProbeError(Reason.SECRET, "the password is empty, which a directory takes for an anonymous bind")
        async with (
            inspecting(
                vantage,
                self.target,
                self.tls_config,
                opening=turned if self.starttls else None,
                preferred_ip_protocol=self.preferred_ip_protocol,
                ip_protocol_fallback=self.ip_protocol_fallback,
            ),
            vantage.connect(
                self.target.host,
                self.target.port,
                tls_config=self.tls_config if self.tls else None,
                preferred_ip_protocol=self.preferred_ip_protocol,
                ip_protocol_fallback=self.ip_protocol_fallback,
            ) as stream,
        ):
            return await self._look(vantage, stream, password)

    async def _look(self, vantage: Vantage, stream: Stream, password: str) -> Observation:
        directory = Directory(stream)
        if self.starttls:
            with vantage.phase("starttls"):
                told = await directory.start_tls()
            if told.code != SUCCESS:
                return refused("StartTLS", told)
            await stream.start_tls(self.tls_config)
        vantage.note(SSL(int(stream.tls is not None)), *(tls_readings(stream.tls) if stream.tls else ()))
        with vantage.phase("bind"):
            bound = await directory.bind(self.bind_dn, password)
        if bound.code != SUCCESS:
            return refused("the bind", bound)
        seen = up(RESULT_CODE(SUCCESS), detail="bound")
        if self.search is not None:
            with vantage.phase("search"):
                found = await self._find(directory, self.search, vantage.deadline - time.monotonic())
            seen = judged(found, self.search)
        await directory.unbind()
        return seen

    async def _find(self, directory: Directory, search: Search, seconds: float) -> _Found:
        entries, is_matched = 0, search.expect is None
        async for each in directory.search(search.request(seconds)):
            if isinstance(each, Result):
                return _Found(each, entries, is_matched)
            entries += 1
            is_matched = is_matched or matches(each, search)
        raise ProbeError(Reason.PROTOCOL, "a search without a result")


async def turned(stream: Stream) -> None:
    """Ask a directory to go on over TLS, as it has agreed to before.

    Raises:
        ProbeError: It does not, or what it says is no LDAP.
    """
    told = await Directory(stream).start_tls()
    if told.code != SUCCESS:
        raise ProbeError(told.reason, f"answered StartTLS with {told}")


def matches(entry: Element, search: Search) -> bool:
    """Tell whether an attribute of an entry matches what is expected.

    Raises:
        ProbeError: It is no entry.
    """
    try:
        return any(search.expect is not None and search.expect.search(line) for line in lines(entry))
    except ValueError as error:
        raise ProbeError(Reason.PROTOCOL, f"not an entry of LDAP: {error}") from error


def refused(what: str, told: Result) -> Observation:
    """Return the verdict on an operation that did not succeed."""
    return down(told.reason, f"answered {what} with {told}", RESULT_CODE(told.code))


def judged(found: _Found, search: Search) -> Observation:
    """Return the verdict on a search."""
    seen = (RESULT_CODE(found.result.code), ENTRIES(found.entries))
    is_limited = found.result.code == SIZE_LIMIT_EXCEEDED and found.entries >= search.size_limit
    if found.result.code != SUCCESS and not is_limited:
        return down(found.result.reason, f"answered the search with {found.result}", *seen)
    if found.entries < search.min_entries:
        return down(Reason.CONTENT, f"{several(found.entries)}, expected {search.min_entries} or more", *seen)
    if search.max_entries is not None and found.entries > search.max_entries:
        return down(Reason.CONTENT, f"more than {several(search.max_entries)}, the most expected", *seen)
    if not found.is_matched and search.expect is not None:
        detail = f"no attribute of {several(found.entries)} matches '{search.expect.pattern}'"
        return down(Reason.CONTENT, detail, *seen, FAILED_DUE_TO_REGEX(1))
    matched = () if search.expect is None else (FAILED_DUE_TO_REGEX(0),)
    return up(*seen, *matched, detail=f"bound, {several(found.entries)}")


def several(entries: int) -> str:
    """Return a number of entries in words."""
    return f"{entries} {'entry' if entries == 1 else 'entries'}"
