"""The vantage: all that a probe may touch of the world while it looks once."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address
from ssl import SSLContext
from typing import Any, Literal, Protocol

from monitor.measure import Reading
from monitor.observation import Reason
from monitor.plugin.addresses import UnixPath
from monitor.plugin.exchange import Exchanges, ExternalIds
from monitor.plugin.heartbeat import Inbox
from monitor.plugin.memory import Memory
from monitor.plugin.secret import Secret

Address = IPv4Address | IPv6Address


class IpProtocol(StrEnum):
    """Which family of addresses to try first."""

    IP4 = "ip4"
    IP6 = "ip6"


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsConfig:
    """How to speak TLS, under blackbox_exporter's option names.

    Attributes:
        ca_file: Certificates to trust instead of the system's; a path.
        cert_file: Our client certificate; a path.
        key_file: Its key; a path.
        server_name: The name to ask for and to verify, when it is not the target's host.
        insecure_skip_verify: Speak to anybody; certificate facts are still reported.
        min_version: The oldest version to speak; OpenSSL's own limit unless set.
        max_version: The newest.
    """

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None
    insecure_skip_verify: bool = False
    min_version: Literal["TLS10", "TLS11", "TLS12", "TLS13"] | None = None
    max_version: Literal["TLS10", "TLS11", "TLS12", "TLS13"] | None = None


DEFAULT_TLS = TlsConfig()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What matters of one X.509 certificate.

    Attributes:
        subject: RFC 4514 text.
        serial: Lower-case hexadecimal.
        names: DNS names and addresses in the subject alternative name.
        fingerprint: SHA-256, lower-case hexadecimal.
        dns_names: The DNS names among them.
        der: The certificate itself.
    """

    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...]
    fingerprint: str
    dns_names: tuple[str, ...] = ()
    der: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """What the TLS handshake showed.

    Attributes:
        version: Such as ``TLS 1.3``; empty when the handshake did not come to its end.
        cipher: As OpenSSL calls it.
        chain: As the server sent it, its own first.
        verified_chain: From its own up to the trusted one; empty when verification failed or was skipped.
        problem: Why verification failed; empty when it did not, or was skipped.
        alpn: The protocol that was agreed on, such as ``h2``; empty when none was.
        reason: What kind of problem it is; None without one.
        refusal: Why the server broke off once it had shown its certificate, for want of a client certificate for
            instance; empty when it did not. Only ``vantage.certificates()`` looks for it.
    """

    version: str
    cipher: str
    chain: tuple[Certificate, ...]
    verified_chain: tuple[Certificate, ...] = ()
    problem: str = ""
    alpn: str = ""
    reason: Reason | None = None
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """How one HTTP request is made.

    Attributes:
        proxy: URL of the proxy to go through; None for the one of the monitor's settings, if there is one; empty for a
            direct connection in any case. An https URL is a proxy that is spoken to over TLS.
        proxy_from_environment: Whether ``HTTP_PROXY``, ``HTTPS_PROXY`` and ``NO_PROXY`` of the daemon decide, by the
            rules of Go; ``proxy`` and the monitor's settings then do not. Not to be had in a worker.
        no_proxy: What is reached without the proxy: hosts with their subdomains, ``.domain`` for subdomains alone,
            addresses, networks, each with a ``:port`` or without; ``*`` for everything.
        proxy_headers: Sent to the proxy along with CONNECT, and to nobody else.
        proxy_authorization: The value of Proxy-Authorization for the proxy that ``proxy`` names.
        max_body: The most bytes of body, after decompression.
        preferred_ip_protocol: The family tried first; with ``ip_protocol_fallback`` the other one next.
        decompress: Whether to ask for compression and undo it.
        http2: Whether to offer HTTP/2 in the TLS handshake; who takes it is spoken to in it.
        is_timed: Whether its parts are timed: not when the whole request is within a phase of the probe's own.
    """

    tls_config: TlsConfig = DEFAULT_TLS
    follow_redirects: bool = True
    max_redirects: int = 10
    max_body: int = 1024 * 1024
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True
    decompress: bool = True
    proxy: str | None = None
    proxy_from_environment: bool = False
    no_proxy: tuple[str, ...] = ()
    proxy_headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    proxy_authorization: str = field(default="", repr=False)
    http2: bool = False
    is_timed: bool = True


DEFAULT_HTTP = HttpOptions()


CHARSET = re.compile(
    r"utf-?(8|16|32)([-_]?[lb]e)?|(us-)?ascii|iso[-_]?8859[-_]\d{1,2}|latin-?\d|(windows-?|cp)\d{3,4}|koi8-[rtu]"
    r"|gb2312|gbk|gb18030|big5(-?hkscs)?|euc[-_](cn|jp|kr)|shift[-_]jis",
    re.ASCII,
)
"""Charsets a target may name. Python knows others that raise, or whose time grows with the square of the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer, read to its end.

    Attributes:
        headers: In the order sent, names in lower case.
        body: After decompression.
        url: Where the answer came from, redirects followed.
        tls: Of the last connection; None without TLS.
        version: Such as ``1.1``.
    """

    status: int
    reason: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    url: str
    redirects: int
    version: str
    address: Address | None = None
    tls: TlsFacts | None = None
    uncompressed_length: int = 0
    length: int = -1

    def header(self, name: str) -> str | None:
        """Return the first header of that name, in any case, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), None)

    def text(self) -> str:
        """Return the body as text, in the charset it names, or UTF-8; a byte that does not fit is U+FFFD."""
        content_type = self.header("content-type") or ""
        charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
        try:
            return self.body.decode(charset if CHARSET.fullmatch(charset) else "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")


class Http(Protocol):
    """A safe HTTP client: a new connection each time, heads and bodies capped, no secrets carried to another origin."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | Sequence[tuple[str, str]] | None = None,
        body: bytes | None = None,
        options: HttpOptions = DEFAULT_HTTP,
    ) -> Answer:
        """Send one request and read its answer; headers given as pairs may have a name several times.

        Raises:
            ProbeError: The answer is over a limit, or the address is not allowed.
            OSError: No connection, or it broke (``ssl.SSLError`` and ``TimeoutError`` are among them).
        """
        ...

    async def json(
        self, url: str, *, headers: Mapping[str, str] | None = None, options: HttpOptions = DEFAULT_HTTP
    ) -> Any:
        """GET a JSON document.

        Raises:
            ProbeError: As ``request``; also when the status is not 2xx, or the body is not JSON or is one of more than
                100,000 lists and objects or 400,000 values (``Reason.TOO_LARGE``).
        """
        ...


class Stream(Protocol):
    """A connection to a target: bytes both ways."""

    @property
    def address(self) -> Address:
        """The address connected to.

        Raises:
            ValueError: It is a unix socket, which has none.
        """
        ...

    @property
    def tls(self) -> TlsFacts | None:
        """What the handshake showed; None without TLS."""
        ...

    async def read(self, most: int) -> bytes:
        """Return what has come, at most so many bytes, as soon as there is any; empty at the end."""
        ...

    async def read_exactly(self, count: int) -> bytes:
        """Return exactly so many bytes.

        Raises:
            ProbeError: The stream ended first.
        """
        ...

    async def read_line(self, most: int = 8192) -> bytes:
        r"""Return one line without its ``\n`` or ``\r\n``.

        Raises:
            ProbeError: The line is longer than ``most`` bytes, or the stream ended first.
        """
        ...

    async def write(self, data: bytes) -> None:
        """Send bytes and wait until they may go out."""
        ...

    async def start_tls(self, tls_config: TlsConfig = DEFAULT_TLS) -> TlsFacts:
        """Turn the connection into TLS.

        Raises:
            ssl.SSLError: The handshake or the verification failed.
        """
        ...


Opening = Callable[[Stream], Awaitable[None]]
"""What is said before TLS begins."""


class Datagrams(Protocol):
    """A connected UDP socket, or unix socket of datagrams."""

    @property
    def address(self) -> Address:
        """The address connected to.

        Raises:
            ValueError: It is a unix socket, which has none.
        """
        ...

    def send(self, data: bytes) -> None:
        """Send one datagram."""
        ...

    async def receive(self) -> bytes:
        """Return the next datagram from the target; one from anywhere else is dropped."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoOptions:
    """How ICMP echo requests are sent.

    Attributes:
        source: Our address to send from; the kernel's choice when None.
        ttl: Hop limit; the kernel's own when None.
        dont_fragment: Whether to forbid fragmentation on the way.
    """

    source: Address | None = None
    ttl: int | None = None
    dont_fragment: bool = False


DEFAULT_ECHO = EchoOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """What became of one echo request: an answer, or a word from the network that there will be none.

    Attributes:
        number: As given to ``send``.
        seconds: From sending to the arrival in our kernel, however late the loop came to it.
        hop_limit: Of the answer.
        reason: None when it was answered; ``detail`` then is empty.
    """

    number: int
    seconds: float = 0.0
    hop_limit: int = 0
    reason: Reason | None = None
    detail: str = ""


class Echoes(Protocol):
    """A socket for ICMP echo, connected to one address."""

    @property
    def address(self) -> Address:
        """The address connected to."""
        ...

    def send(self, number: int, payload: bytes) -> None:
        """Send an echo request; ``number``, 0 to 65535, tells it from the others.

        Raises:
            OSError: It did not go out.
        """
        ...

    async def receive(self) -> Echo:
        """Return what became of the next request. An answer that does not carry the payload sent is none."""
        ...


class Tokens(Protocol):
    """Access tokens, kept until they expire and shared by the checks of one plugin that use the same credentials."""

    async def get(self, key: str, fetch: Callable[[], Awaitable[tuple[str, float]]]) -> str:
        """Return the token kept under ``key``, or the one ``fetch`` returns along with its lifetime in seconds.

        Of several callers at the same moment one fetches and the others wait for it.
        """
        ...

    def forget(self, key: str, text: str | None = None) -> None:
        """Drop a token that was refused; with its ``text``, only if nobody has fetched another meanwhile."""
        ...


class Vantage(Protocol):
    """Where we look from: one instance for each run."""

    @property
    def name(self) -> str:
        """The place, as configured."""
        ...

    @property
    def http(self) -> Http:
        """The HTTP client of this run."""
        ...

    @property
    def tokens(self) -> Tokens:
        """The tokens of this plugin."""
        ...

    @property
    def inbox(self) -> Inbox:
        """What the target of this check has reported by itself, to a ``Listener``; not in a process of a plugin.

        Raises:
            ProbeError: The probe runs in a process of its plugin.
        """
        ...

    @property
    def memory(self) -> Memory:
        """What this check has kept of its newest run, and where it writes what the next one shall find.

        Raises:
            ProbeError: The monitor keeps no history, or cannot read it now (``Reason.RESOURCES``).
        """
        ...

    def exchanges(self, system: ExternalIds) -> Exchanges:
        """Return the connections of the inventory, by the names that they have in a system.

        Args:
            system: A field of this probe.
        """
        ...

    @property
    def deadline(self) -> float:
        """On ``time.monotonic()``: when to be done, a little before the engine abandons the run."""
        ...

    def now(self) -> datetime:
        """Return the wall clock, in UTC."""
        ...

    async def resolve(self, host: str, protocol: IpProtocol | None = None) -> Sequence[Address]:
        """Return the addresses of a host, or the literal itself; ``protocol`` asks for one family only.

        Addresses outside the allowed networks are left out, so a driver may connect to any of them.

        Raises:
            ProbeError: No address is allowed (``Reason.EGRESS``), the name does not exist or its servers do not say
                (``Reason.DNS``), or the resolver is ours to mend (``Reason.NETWORK``).
        """
        ...

    def connect(
        self,
        host: str,
        port: int,
        *,
        tls_config: TlsConfig | None = None,
        alpn: tuple[str, ...] = (),
        preferred_ip_protocol: IpProtocol = IpProtocol.IP6,
        ip_protocol_fallback: bool = True,
        source_ip_address: Address | None = None,
    ) -> AbstractAsyncContextManager[Stream]:
        """Connect over TCP, with TLS when ``tls_config`` is given; closes on exit.

        One address is looked at, as in blackbox_exporter: the first of the preferred family, or with the fallback one
        of the other family when the host has none of the preferred one, or this machine no way to send to it.

        Args:
            host: A name or an address.
            port: Where.
            tls_config: None for a connection in the clear.
            alpn: Protocols to offer in the handshake, the best one first.
            preferred_ip_protocol: The family to look at.
            ip_protocol_fallback: Whether the other family will do.
            source_ip_address: Which of this machine's addresses to connect from.

        Raises:
            ProbeError: The address is outside the allowed networks, the name does not resolve, or this machine has no
                such source address.
            OSError: No connection; ``ssl.SSLError`` when the handshake or the verification failed.
        """
        ...

    def connect_unix(
        self, path: UnixPath, *, tls_config: TlsConfig | None = None
    ) -> AbstractAsyncContextManager[Stream]:
        """Connect to a unix socket of this machine, with TLS when ``tls_config`` is given; closes on exit.

        Raises:
            ProbeError: It is not among the allowed sockets, is not there, nobody listens, or we have no permission.
            OSError: No connection; ``ssl.SSLError`` when the handshake or the verification failed.
        """
        ...

    def datagrams(
        self,
        host: str,
        port: int,
        *,
        preferred_ip_protocol: IpProtocol = IpProtocol.IP6,
        ip_protocol_fallback: bool = True,
        source_ip_address: Address | None = None,
    ) -> AbstractAsyncContextManager[Datagrams]:
        """Open a UDP socket to a target; closes on exit. The address is chosen as by ``connect``."""
        ...

    def datagrams_unix(self, path: UnixPath) -> AbstractAsyncContextManager[Datagrams]:
        """Open a unix socket of datagrams to one of this machine; closes on exit. Raises as ``connect_unix``."""
        ...

    def echoes(
        self,
        host: str,
        *,
        options: EchoOptions = DEFAULT_ECHO,
        preferred_ip_protocol: IpProtocol = IpProtocol.IP6,
        ip_protocol_fallback: bool = True,
    ) -> AbstractAsyncContextManager[Echoes]:
        """Open a socket for ICMP echo to a target; closes on exit.

        Raises:
            ProbeError: As ``connect``; also when the kernel lets us have no such socket (``Reason.EGRESS``).
        """
        ...

    async def certificates(
        self,
        host: str,
        port: int,
        tls_config: TlsConfig = DEFAULT_TLS,
        *,
        opening: Opening | None = None,
        preferred_ip_protocol: IpProtocol = IpProtocol.IP6,
        ip_protocol_fallback: bool = True,
    ) -> TlsFacts:
        """Shake hands and return what was shown, whether or not it can be trusted: ``problem`` says why not.

        Args:
            host: A name or an address.
            port: Of the server.
            tls_config: How to speak; its lowest version is a limit to judge by, not one to stop at.
            opening: Talks to the server until it agrees to go on in TLS, as in STARTTLS.
            preferred_ip_protocol: The family tried first.
            ip_protocol_fallback: Whether the other one is tried next.

        Raises:
            ProbeError: The address is outside the allowed networks, or the name does not resolve.
            OSError: No connection, or the server showed no certificate before it broke.
        """
        ...

    def tls(self, tls_config: TlsConfig = DEFAULT_TLS) -> SSLContext:
        """Return a context for a driver that brings its own connections; kept and shared, so do not change it."""
        ...

    def reveal(self, secret: Secret) -> str:
        """Return the text of a secret.

        Raises:
            ProbeError: It cannot be read, or belongs to another plugin.
        """
        ...

    def note(self, *readings: Reading) -> None:
        """Keep readings that count even if ``observe`` raises or runs out of time."""
        ...

    def judged(self, assertion: object, value: object, *, holds: bool) -> None:
        """Show how one assertion came out, and the value it was judged by, to a person who watches the run.

        Only ``datashare-monitor probe`` does: the daemon neither keeps nor reads either, so that what follows from them
        still belongs into the observation. Both become text when somebody looks; neither may hold a secret.
        """
        ...

    def phase(self, name: str) -> AbstractContextManager[None]:
        """Time a part of the run; the parts of one name add up."""
        ...
