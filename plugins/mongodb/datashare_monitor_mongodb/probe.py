"""The probe of kind ``mongodb``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datashare_monitor_mongodb.asking import answered
from datashare_monitor_mongodb.database import Database
from datashare_monitor_mongodb.readings import OWN, PRIMARY, QUERY_SECONDS, ROWS, SSL
from monitor.plugin import Duration, Measure, Observation, Reading, Vantage
from monitor.plugin.expectations import Expectation, slow, verdict
from monitor.plugin.row_readings import CellReading, check_readings, measure_of, read


@dataclass(frozen=True, kw_only=True)
class MongodbProbe(Database):
    """Logs in to a MongoDB server, pings it, and asks a collection if it is told what for.

    Not yet tried against a live server. A pipeline may hold stages that read, and nothing that runs code. No text of a
    document or of the server's messages is shown anywhere.

    Attributes:
        target: ``host:port`` of the one server that is asked.
        user: An account that may only read; nobody when empty.
        password: Its password; read again when its file changes.
        auth_source: The database that knows the account.
        tls: Whether to speak TLS.
        allow_cleartext: Whether login and answers may go without TLS.
        database, collection: What is asked, with a filter or a pipeline.
        filter: Which documents, in Extended JSON: ``'{"status": "waiting"}'``.
        pipeline: Or a pipeline, ``'[{"$match": {"status": "waiting"}}, {"$count": "waiting"}]'``.
        assertions: What has to be true of the documents; without any, an answer is enough.
        readings: Names of readings, and the members of the first document that they are taken from.
        max_rows: More are refused.
        max_bytes: More are not read.
        max_cell: Characters of one member; a longer one is refused.
        degraded_over: Degraded when the question takes longer.
        down_over: Down when it does.
        ip_protocol_fallback: Whether the other family is taken when the name has no address of that one.
    """

    assertions: tuple[Expectation, ...] = ()
    readings: Mapping[str, str | CellReading] = field(default_factory=dict)
    degraded_over: Duration | None = None
    down_over: Duration | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_readings(self.readings, OWN)
        if (self.assertions or self.readings) and not self.collection:
            raise ValueError("assertions and readings look at documents; write collection and filter or pipeline")

    def measures(self) -> Sequence[Measure]:
        """Return what the readings of this check are."""
        return [measure_of(name) for name in self.readings]

    async def observe(self, vantage: Vantage) -> Observation:
        """Ask once."""
        answer = await answered(self, vantage)
        taken: list[Reading] = [PRIMARY(int(answer.is_primary)), SSL(int(self.tls))]
        if self.collection:
            taken += [ROWS(len(answer.rows)), QUERY_SECONDS(answer.took)]
        now = vantage.now()
        findings = [found for one in self.assertions if (found := one.judge(answer.rows, now, vantage.judged))]
        findings += read(self.readings, answer.rows, now, taken)
        findings += slow(answer.took, self.degraded_over, self.down_over, vantage.judged)
        return verdict(findings, taken, f"{len(answer.rows)} documents" if self.collection else "pong")
