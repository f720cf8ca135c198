"""The probe of kind ``rabbitmq``."""

from dataclasses import dataclass

from pamqp.commands import Connection, Queue

from datashare_monitor_rabbitmq.management import Facts, managed
from datashare_monitor_rabbitmq.readings import CONSUMERS, UNACKNOWLEDGED
from datashare_monitor_rabbitmq.session import Depth, Login, asked
from monitor.plugin import (
    HostPort,
    IpProtocol,
    Limits,
    Observation,
    ProbeError,
    Reading,
    Reason,
    Secret,
    TlsConfig,
    Url,
    Vantage,
    Waiting,
    down,
    up,
)
from monitor.plugin.measures import tls_readings


@dataclass(frozen=True, kw_only=True)
class RabbitmqProbe:
    """Logs in at a RabbitMQ server over AMQP 0-9-1, and asks how many messages wait in a queue and who takes them.

    The queue is declared passively: it is neither made nor changed, and no message is touched. Through the management
    API, messages that were given out and not confirmed wait as well, and the one at the head has an age.

    Attributes:
        target: ``host:port``; the port is usually 5672, or 5671 with TLS.
        tls: Whether to speak TLS.
        username: Who we are; whoever the client certificate names (``EXTERNAL``) when empty.
        password: Sent by ``PLAIN``.
        allow_cleartext_password: Whether the password may go out without TLS.
        vhost: The virtual host.
        queue: The queue; without one the login is all there is.
        min_consumers: Down when fewer take messages from it.
        management: Where the management API is, such as ``https://mq.example:15671``; asked as well when set.
        management_tls: How to speak TLS to it.
        limits: How many messages may wait, and with ``management`` how long the oldest may have waited.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    target: HostPort
    tls: bool = False
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    username: str = ""
    password: Secret | None = None
    allow_cleartext_password: bool = False
    vhost: str = "/"
    queue: str = ""
    min_consumers: int = 0
    management: Url | None = None
    management_tls: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    def __post_init__(self) -> None:
        Connection.Open(virtual_host=self.vhost)
        Queue.Declare(queue=self.queue, passive=True)
        self._check_login()
        if not self.queue and (self.limits != Limits() or self.min_consumers or self.management):
            raise ValueError("limits, min_consumers and management do nothing without queue")
        if self.min_consumers < 0:
            raise ValueError(f"min_consumers is {self.min_consumers}; write 0 or more")
        if self.limits.needs_newest:
            raise ValueError("nobody knows the newest message of a queue; write max_wait and degraded_wait")
        if self.limits.needs_oldest and self.management is None:
            raise ValueError("only the management API knows how long messages have waited; write management")
        if self.management_tls != TlsConfig() and not (self.management or "").startswith("https:"):
            raise ValueError("management_tls does nothing without a management URL that begins with https:")

    def _check_login(self) -> None:
        if bool(self.username) != (self.password is not None):
            raise ValueError("write username and password both, or neither to be known by the client certificate")
        if self.tls_config != TlsConfig() and not self.tls:
            raise ValueError("tls_config does nothing without tls: true")
        if not self.username and self.tls_config.cert_file is None:
            raise ValueError("write username and password, or tls: true with a client certificate (tls_config)")
        if not self.username and self.management is not None:
            raise ValueError("the management API wants username and password")
        is_clear = not self.tls or (self.management or "").startswith("http:")
        if self.password is not None and is_clear and not self.allow_cleartext_password:
            raise ValueError(
                "the password would go out in the clear; write tls: true and an https: URL for management,"
                " or allow_cleartext_password: true"
            )

    async def observe(self, vantage: Vantage) -> Observation:
        """Ask once."""
        password = "" if self.password is None else vantage.reveal(self.password)
        if "\0" in password:
            raise ProbeError(Reason.SECRET, "the password has a NUL byte in it, which SASL forbids")
        async with vantage.connect(
            self.target.host,
            self.target.port,
            tls_config=self.tls_config if self.tls else None,
            preferred_ip_protocol=self.preferred_ip_protocol,
            ip_protocol_fallback=self.ip_protocol_fallback,
        ) as stream:
            if stream.tls is not None:
                vantage.note(*tls_readings(stream.tls))
            login = Login(username=self.username, password=password, vhost=self.vhost)
            depth = await asked(stream, login, self.queue, vantage)
        if depth is None:
            return up(detail="logged in")
        facts = None
        if self.management is not None:
            login_there = (self.username, password)
            facts = await managed(vantage, self.management, self.vhost, self.queue, login_there, self.management_tls)
        return self._judge(depth, facts, vantage)

    def _judge(self, depth: Depth, facts: Facts | None, vantage: Vantage) -> Observation:
        seen: list[Reading] = [CONSUMERS(depth.consumers)]
        waiting = Waiting(noun="messages", count=depth.ready)
        if facts is not None:
            seen = [CONSUMERS(facts.consumers), UNACKNOWLEDGED(facts.unacknowledged)]
            count = facts.ready + facts.unacknowledged
            waiting = Waiting(noun="messages", count=count, oldest=facts.oldest, size=facts.size)
            if facts.trouble:
                return down(Reason.SELF_REPORTED, f"the queue is {facts.trouble}", *seen, *waiting.readings())
        consumers = depth.consumers if facts is None else facts.consumers
        vantage.judged(f"at least {self.min_consumers} consumers", consumers, holds=consumers >= self.min_consumers)
        if consumers < self.min_consumers:
            detail = f"{consumers} consumers, expected {self.min_consumers} or more"
            return down(Reason.MISMATCH, detail, *seen, *waiting.readings())
        return self.limits.judge(waiting, vantage, *seen)
