"""What became of the requests of one look, and what that measures, under blackbox_exporter's names."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from monitor.plugin import Echo, Label, Measure, Reading

HOP_LIMIT = Measure("probe_icmp_reply_hop_limit", "Hop limit (TTL) of the last answer.")
ROUND_TRIP = Measure(
    "probe_icmp_round_trip_seconds",
    "Round trips of the requests that were answered, in seconds.",
    labels=(Label.of("statistic", ("min", "avg", "max")),),
)
LOSS = Measure("probe_icmp_loss_ratio", "Share of the echo requests that no answer came to.")
IP_PROTOCOL = Measure("probe_ip_protocol", "Version of IP that was used, 4 or 6.")

MEASURES = (HOP_LIMIT, ROUND_TRIP, LOSS, IP_PROTOCOL)


@dataclass(slots=True)
class Tally:
    """What became of the requests so far."""

    sent: int = 0
    answers: list[Echo] = field(default_factory=list)
    refusals: list[Echo] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether every request is accounted for."""
        return len(self.answers) + len(self.refusals) == self.sent

    @property
    def loss(self) -> float:
        """The share that no answer came to."""
        return 1 - len(self.answers) / self.sent

    @property
    def mean_seconds(self) -> float:
        """The mean of the round trips; there must be one."""
        return sum(echo.seconds for echo in self.answers) / len(self.answers)

    @property
    def words(self) -> str:
        """How many came back, and what the network says about the first that did not."""
        counted = f"{len(self.answers)} of {self.sent} requests answered"
        return f"{counted}; {self.refusals[0].detail}" if self.refusals else counted


def readings_of(tally: Tally) -> Iterator[Reading]:
    """Yield what the answers measure."""
    yield LOSS(tally.loss)
    if tally.answers:
        trips = [echo.seconds for echo in tally.answers]
        yield ROUND_TRIP(min(trips), statistic="min")
        yield ROUND_TRIP(tally.mean_seconds, statistic="avg")
        yield ROUND_TRIP(max(trips), statistic="max")
        yield HOP_LIMIT(tally.answers[-1].hop_limit)
