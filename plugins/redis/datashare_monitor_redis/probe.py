"""The probe of kind ``redis``."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from datashare_monitor_redis.backlog import Found, Place, found_at
from datashare_monitor_redis.readings import PENDING
from datashare_monitor_redis.replication import Replication, replication
from datashare_monitor_redis.server import Door, Server
from monitor.plugin import (
    Duration,
    HostPort,
    IpProtocol,
    Limits,
    Observation,
    ProbeError,
    Reading,
    Reason,
    Secret,
    Status,
    TlsConfig,
    Vantage,
    degraded,
    down,
    up,
    written_duration,
)
from monitor.plugin.measures import tls_readings

WORST_FIRST = (Status.DOWN, Status.DEGRADED, Status.UP)


@dataclass(frozen=True, kw_only=True)
class RedisProbe:
    """Pings a Redis server (or Valkey), and judges its role, its replication and what waits under a key.

    Attributes:
        target: ``host:port``; the port is usually 6379.
        tls: Whether to speak TLS.
        username: The ACL user; the default one when empty.
        password: Sent by AUTH.
        allow_cleartext_password: Whether the password may go out without TLS.
        db: The database to select.
        role: Down when the server has another one.
        min_replicas: Down when a master has fewer replicas online.
        degraded_lag: Degraded when a replica has not heard from its master for longer, or a master from a replica.
        max_lag: Down then.
        key: A list, set, sorted set, hash, stream or text under which records wait.
        group: The consumer group of a stream: what it has not confirmed waits.
        value: What a text says: how many wait (``backlog``), or when the newest was made (``newest``).
        limits: How many may wait, and how old the newest and the oldest may be; only streams know times.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    target: HostPort
    tls: bool = False
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    username: str = ""
    password: Secret | None = None
    allow_cleartext_password: bool = False
    db: int = 0
    role: Literal["master", "replica", "sentinel"] | None = None
    min_replicas: int = 0
    degraded_lag: Duration | None = None
    max_lag: Duration | None = None
    key: str = ""
    group: str = ""
    value: Literal["backlog", "newest"] = "backlog"
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    def __post_init__(self) -> None:
        _ = self._door
        if not self.key and (self.group or self.limits != Limits() or self.value != "backlog"):
            raise ValueError("group, value and limits do nothing without key")
        if self.value == "newest" and (self.limits.needs_count or self.limits.needs_oldest):
            raise ValueError("value: newest tells no number and no wait; write max_age and degraded_age")
        if self.max_lag is not None and self.degraded_lag is not None and self.degraded_lag > self.max_lag:
            raise ValueError("degraded_lag is above max_lag; write a smaller one")
        if self.min_replicas < 0 or (self.min_replicas and self.role != "master"):
            raise ValueError("min_replicas is 0 or more, and needs role: master")

    async def observe(self, vantage: Vantage) -> Observation:
        """Ask once."""
        async with self._door.opened(vantage, self.preferred_ip_protocol, fallback=self.ip_protocol_fallback) as server:
            if server.stream.tls is not None:
                vantage.note(*tls_readings(server.stream.tls))
            with vantage.phase("ping"):
                if await server.ask("PING") != b"PONG":
                    return down(Reason.PROTOCOL, "answered PING with something else than PONG")
            with vantage.phase("ask"):
                part = await self._replication(server)
                found = await found_at(server, self._place) if self.key else None
        return self._judge(part, found, vantage)

    @cached_property
    def _door(self) -> Door:
        return Door(
            target=self.target, tls=self.tls, tls_config=self.tls_config, username=self.username,
            password=self.password, allow_cleartext_password=self.allow_cleartext_password, db=self.db,
        )  # fmt: skip

    @property
    def _place(self) -> Place:
        return Place(key=self.key, group=self.group, value=self.value)

    async def _replication(self, server: Server) -> Replication | None:
        if self.role is None and self.max_lag is None and self.degraded_lag is None:
            return None
        text = await server.ask("INFO", "replication")
        try:
            return replication(text if isinstance(text, bytes) else b"")
        except ValueError as error:
            raise ProbeError(Reason.PROTOCOL, f"not an answer to INFO replication: {error}") from error

    def _judge(self, part: Replication | None, found: Found | None, vantage: Vantage) -> Observation:
        seen: list[Reading] = [] if part is None else [*part.readings()]
        if found is not None and found.pending is not None:
            seen.append(PENDING(found.pending))
        about = up(*seen, detail="answers") if found is None else self.limits.judge(found.waiting, vantage, *seen)
        verdicts: tuple[Observation, ...] = (*(() if part is None else self._complaints(part, about.readings)), about)
        return min(verdicts, key=lambda each: WORST_FIRST.index(each.status))

    def _complaints(self, part: Replication, seen: tuple[Reading, ...]) -> Iterator[Observation]:
        if self.role is not None and part.role != self.role:
            yield down(Reason.MISMATCH, f"is a {part.role}, expected {self.role}", *seen)
        if not part.is_linked:
            yield down(Reason.SELF_REPORTED, "its link to the master is down", *seen)
        if part.role == "master" and part.replicas < self.min_replicas:
            yield down(Reason.MISMATCH, f"{part.replicas} replicas online, expected {self.min_replicas}", *seen)
        for limit, verdict in ((self.max_lag, down), (self.degraded_lag, degraded)):
            if limit is not None and part.lag is not None and part.lag > limit:
                lag, most = written_duration(part.lag), written_duration(limit)
                yield verdict(Reason.STALE, f"replication is {lag} behind, limit {most}", *seen)
