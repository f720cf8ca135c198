"""The probe of kind ``sql``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datashare_monitor_sql.asking import answered
from datashare_monitor_sql.database import Database
from datashare_monitor_sql.readings import OWN, QUERY_SECONDS, ROWS, SSL
from monitor.plugin import Duration, Measure, Observation, Reading, Vantage
from monitor.plugin.expectations import Expectation, slow, verdict
from monitor.plugin.row_readings import CellReading, check_readings, measure_of, read


@dataclass(frozen=True, kw_only=True)
class SqlProbe(Database):
    """Asks a database one statement that reads, and judges the rows.

    The statement is judged when configuration is read: it must be a single SELECT, WITH … SELECT, VALUES or SHOW that
    neither changes nor locks anything. It is asked in a read-only transaction with a time limit, where the database
    has them. No text of a cell, of the database's messages or of the statement is shown anywhere.

    Attributes:
        target: ``host:port``.
        product: Whose database it is. Oracle and SQL Server are not yet tried against a live server.
        query: One statement that reads.
        user: An account that may only read.
        password: Its password; read again when its file changes.
        database: Its name; with Oracle the service name.
        tls: Whether to speak TLS, as a server is told to do that has it; ``tls_config`` says whom to trust.
        allow_cleartext: Whether login and answers may go without TLS.
        time_zone: Of times that the database gives without one, ``Asia/Ho_Chi_Minh``.
        assertions: What has to be true of the rows; without any, an answer is enough.
        readings: Names of readings, and the columns whose first cell they are taken from.
        max_rows: More are refused.
        max_bytes: More are not read.
        max_cell: Characters of one cell; a longer one is refused.
        degraded_over: Degraded when the statement takes longer.
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

    def measures(self) -> Sequence[Measure]:
        """Return what the readings of this check are."""
        return [measure_of(name) for name in self.readings]

    async def observe(self, vantage: Vantage) -> Observation:
        """Ask once."""
        answer = await answered(self, vantage)
        taken: list[Reading] = [ROWS(len(answer.rows)), QUERY_SECONDS(answer.took), SSL(int(self.tls))]
        now = vantage.now()
        findings = [found for one in self.assertions if (found := one.judge(answer.rows, now, vantage.judged))]
        findings += read(self.readings, answer.rows, now, taken)
        findings += slow(answer.took, self.degraded_over, self.down_over, vantage.judged)
        return verdict(findings, taken, f"{len(answer.rows)} rows")
