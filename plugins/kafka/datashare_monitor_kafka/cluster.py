"""The brokers of a cluster. Each is connected to through the vantage, wherever the cluster says that it is."""

import re
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Self

from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.metadata import MetadataRequest

from datashare_monitor_kafka.faults import refuse
from datashare_monitor_kafka.sasl import Sasl, log_in
from datashare_monitor_kafka.wire import Wire
from monitor.plugin import HostPort, IpProtocol, ProbeError, Reason, Secret, TlsConfig, Vantage
from monitor.plugin.measures import tls_readings

METADATA, WITHOUT_CREATION = 3, 4
"""The first version of the request that can be asked not to create the topic (Kafka 0.11)."""
HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}", re.ASCII)
MOST_PARTITIONS = 1000
MOST_BROKERS = 50
GROUP = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How a broker is connected to; all of a cluster alike."""

    target: HostPort
    tls: bool
    tls_config: TlsConfig
    sasl: Sasl | None
    allow_cleartext_password: bool

    def __post_init__(self) -> None:
        if self.tls_config != TlsConfig() and not self.tls:
            raise ValueError("tls_config does nothing without tls: true")
        is_clear = self.sasl is not None and self.sasl.mechanism == "PLAIN" and not self.tls
        if is_clear and not self.allow_cleartext_password:
            raise ValueError(
                "the password would go out in the clear; write tls: true, a mechanism of SCRAM or"
                " allow_cleartext_password: true"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Partition:
    """A partition of a topic, and the broker that leads it; -1 when none does."""

    number: int
    leader: int
    is_complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What the cluster says of a topic."""

    partitions: tuple[Partition, ...]
    brokers: dict[int, HostPort]


class Cluster:
    """Connections to the brokers of a cluster, kept for the run."""

    def __init__(self, vantage: Vantage, door: Door, preferred: IpProtocol, *, fallback: bool) -> None:
        self._vantage = vantage
        self._door = door
        self._preferred = preferred
        self._fallback = fallback
        self._stack = AsyncExitStack()
        self._wires: dict[HostPort, Wire] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def topic(self, name: str) -> Topic:
        """Return what the cluster says of a topic, which is not created.

        Raises:
            ProbeError: There is none, or we may not see it.
            OSError: The connection broke.
        """
        wire = await self.target()
        if wire.newest(METADATA) < WITHOUT_CREATION:
            raise ProbeError(Reason.PROTOCOL, "the broker is older than Kafka 0.11, and would create the topic")
        answer = await wire.ask(MetadataRequest([name], allow_auto_topic_creation=False))
        found = next((each for each in answer["topics"] or () if each["topic"] == name), None)
        if found is None:
            raise ProbeError(Reason.PROTOCOL, "an answer about another topic")
        refuse(found["error_code"])
        partitions = tuple(_partition(each) for each in found["partitions"] or ())
        if not 0 < len(partitions) <= MOST_PARTITIONS or len({one.number for one in partitions}) < len(partitions):
            raise ProbeError(Reason.TOO_LARGE, f"{len(partitions)} partitions, expected 1 to {MOST_PARTITIONS}")
        return Topic(
            partitions=partitions,
            brokers={each["node_id"]: _announced(each["host"], each["port"]) for each in answer["brokers"] or ()},
        )

    async def coordinator(self, group: str) -> Wire:
        """Return the connection to the broker that keeps the offsets of a group.

        Raises:
            ProbeError: There is none, or we may not connect to it.
            OSError: No connection, or it broke.
        """
        answer = await (await self.target()).ask(FindCoordinatorRequest(group, GROUP))
        refuse(answer["error_code"])
        return await self.broker(_announced(answer["host"], answer["port"]))

    async def target(self) -> Wire:
        """Return the connection to the broker that is configured."""
        return self._wires.get(self._door.target) or await self._connected(self._door.target)

    async def broker(self, where: HostPort) -> Wire:
        """Return the connection to a broker that the cluster has announced.

        Raises:
            ProbeError: We may not connect there, which is the cluster's doing.
            OSError: No connection, or it broke.
        """
        found = self._wires.get(where)
        if found is not None:
            return found
        if len(self._wires) > MOST_BROKERS:
            raise ProbeError(Reason.TOO_LARGE, f"a topic on more than {MOST_BROKERS} brokers")
        try:
            return await self._connected(where)
        except ProbeError as error:
            if error.reason is not Reason.EGRESS:
                raise
            detail = f"announces a broker at {where}, where the monitor may not connect; add it to egress.allow"
            raise ProbeError(Reason.REDIRECT, detail) from None

    async def _connected(self, where: HostPort) -> Wire:
        password = None if self._door.sasl is None else self._reveal(self._door.sasl.password)
        stream = await self._stack.enter_async_context(
            self._vantage.connect(
                where.host,
                where.port,
                tls_config=self._door.tls_config if self._door.tls else None,
                preferred_ip_protocol=self._preferred,
                ip_protocol_fallback=self._fallback,
            )
        )
        if stream.tls is not None and where == self._door.target:
            self._vantage.note(*tls_readings(stream.tls))
        wire = Wire(stream)
        with self._vantage.phase("login"):
            await wire.begin()
            if self._door.sasl is not None and password is not None:
                await log_in(wire, self._door.sasl, password)
        self._wires[where] = wire
        return wire

    def _reveal(self, secret: Secret) -> str:
        password = self._vantage.reveal(secret)
        if "\0" in password:
            raise ProbeError(Reason.SECRET, "the password has a NUL byte in it, which SASL forbids")
        return password


def _partition(found: dict[str, Any]) -> Partition:
    replicas, alive = found["replicas"] or [], found["isr"] or []
    return Partition(number=found["partition"], leader=found["leader"], is_complete=len(alive) >= len(replicas))


def _announced(host: object, port: object) -> HostPort:
    if not isinstance(host, str) or not HOST.fullmatch(host) or not isinstance(port, int) or not 0 < port < 65536:
        raise ProbeError(Reason.PROTOCOL, "announces a broker at an address that is none")
    return HostPort(host.lower(), port)
