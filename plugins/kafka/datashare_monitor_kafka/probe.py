"""The probe of kind ``kafka``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from datashare_monitor_kafka.cluster import Cluster, Door, Topic
from datashare_monitor_kafka.fetching import fetched
from datashare_monitor_kafka.offsets import Extent, extents
from datashare_monitor_kafka.readings import COMMITTED, END, MOST_LABELLED, PARTITIONS, RECORDS, UNDER_REPLICATED
from datashare_monitor_kafka.sasl import Sasl
from monitor.plugin import (
    HostPort,
    IpProtocol,
    Limits,
    Observation,
    Reading,
    Reason,
    Status,
    TlsConfig,
    Vantage,
    Waiting,
    degraded,
    down,
)


@dataclass(frozen=True, kw_only=True)
class KafkaProbe:
    """Asks a Kafka cluster how far a consumer group is behind a topic, and when its newest record was made.

    No record is consumed, no group is joined, and the topic is not created. The leaders of the partitions are asked
    wherever the cluster says that they are, as far as the monitor may connect there.

    Attributes:
        target: ``host:port`` of a broker; the port is usually 9092, or 9093 with TLS.
        tls: Whether to speak TLS, to all brokers.
        sasl: Who logs in; nobody when it is not set.
        allow_cleartext_password: Whether a password may go out by PLAIN without TLS.
        topic: The topic.
        group: The consumer group whose lag is judged; without one nothing waits.
        times: Whether the newest batch of each partition is fetched, for its time; that takes the right to read.
        limits: How far the group may be behind, and how old the newest record and the first unconfirmed one may be.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    target: HostPort
    topic: str
    tls: bool = False
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    sasl: Sasl | None = None
    allow_cleartext_password: bool = False
    group: str = ""
    times: bool = True
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    preferred_ip_protocol: IpProtocol = IpProtocol.IP6
    ip_protocol_fallback: bool = True

    def __post_init__(self) -> None:
        _ = self._door
        if not self.topic:
            raise ValueError("topic is empty; write the name of one")
        if not self.group and (self.limits.needs_count or self.limits.needs_oldest):
            raise ValueError("what waits is what a group has not confirmed; write group")
        if not self.times and (self.limits.needs_newest or self.limits.needs_oldest):
            raise ValueError("times: false tells no age; leave out the limits of age and wait")

    async def observe(self, vantage: Vantage) -> Observation:
        """Ask once."""
        async with Cluster(
            vantage, self._door, self.preferred_ip_protocol, fallback=self.ip_protocol_fallback
        ) as cluster:
            await cluster.target()
            with vantage.phase("ask"):
                topic = await cluster.topic(self.topic)
                found = await extents(cluster, self.topic, topic, self.group)
            ahead = [each for each in found if each.lag < 0]
            newest = oldest = None
            if self.times and not ahead:
                with vantage.phase("fetch"):
                    newest = await self._newest(found)
                    oldest = await self._oldest(found) if self.limits.needs_oldest else None
        seen = tuple(_readings(topic, found))
        if ahead:
            detail = f"the group has confirmed records that {len(ahead)} partitions do not have"
            return down(Reason.MISMATCH, detail, *seen)
        if self.limits.needs_newest and newest is None and any(each.end > each.first for each in found):
            return down(Reason.CONTENT, "the records have no time to tell their age by", *seen)
        lag = sum(each.lag for each in found) if self.group else None
        waiting = Waiting(noun="records", count=lag, newest=newest, oldest=oldest)
        verdict = self.limits.judge(waiting, vantage, *seen)
        lost = sum(each.lost for each in found)
        if lost and verdict.status is Status.UP:
            detail = f"{lost} records were deleted before the group confirmed them"
            return degraded(Reason.MISMATCH, detail, *verdict.readings)
        return verdict

    @cached_property
    def _door(self) -> Door:
        return Door(
            target=self.target, tls=self.tls, tls_config=self.tls_config, sasl=self.sasl,
            allow_cleartext_password=self.allow_cleartext_password,
        )  # fmt: skip

    async def _newest(self, found: Sequence[Extent]) -> datetime | None:
        times = []
        for each in found:
            if each.end > each.first:
                times += [batch.newest for batch in await fetched(each, self.topic, each.end - 1)]
        return max((time for time in times if time is not None), default=None)

    async def _oldest(self, found: Sequence[Extent]) -> datetime | None:
        times = []
        for each in found:
            if each.lag > 0 and each.end > each.first:
                batches = await fetched(each, self.topic, max(each.start, each.first))
                times += [batch.first for batch in batches[:1]]
        return min((time for time in times if time is not None), default=None)


def _readings(topic: Topic, found: Sequence[Extent]) -> Iterator[Reading]:
    yield PARTITIONS(len(topic.partitions))
    yield UNDER_REPLICATED(sum(not each.is_complete for each in topic.partitions))
    yield RECORDS(sum(each.end for each in found))
    for each in found:
        if 0 <= each.number < MOST_LABELLED:
            yield END(each.end, partition=str(each.number))
            if each.committed is not None:
                yield COMMITTED(each.committed, partition=str(each.number))
