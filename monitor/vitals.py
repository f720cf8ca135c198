"""The monitor's own vital signs: plain counters that the engine keeps and /metrics shows."""

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from monitor.settings import ALONE, Shard

LATENESS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(slots=True)
class Distribution:
    """Counts of values, in seconds, by upper bound; the last count is of those above every bound."""

    bounds: tuple[float, ...] = LATENESS_BUCKETS
    counts: list[int] = field(default_factory=list)
    total: float = 0.0

    def __post_init__(self) -> None:
        self.counts = [0] * (len(self.bounds) + 1)

    def add(self, value: float) -> None:
        """Count one value, in seconds."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value


@dataclass(slots=True)
class Vitals:
    """What the monitor knows of its own health. One per process; only the event loop writes it.

    Attributes:
        shard: Which of several processes this one is.
        start_lateness: How long after its beat each run started.
        loop_lag: How late the loop woke up, sampled several times a second.
        in_flight: Runs under way, the abandoned ones that still hold on included.
        waiting: Runs that are due and wait for a slot.
        skipped: Runs that did not take place, by reason.
        abandoned: Runs whose probe had not ended at its deadline.
        rerun: Runs whose result was thrown away and made anew, by reason.
        plugin_errors: By plugin.
        plugin_failures: Plugins that could not be loaded, with the cause.
        readings_refused: Readings that were not a finite number or not declared, by plugin.
        series_dropped: Readings over the series budget, by plugin.
        workers_killed: By plugin.
        quarantined: Plugins whose worker is not started for now.
        sink_errors: By sink.
        network_up: Whether the monitor's own network answers; None before the first look.
        reload_ok: Whether the newest attempt to load the configuration succeeded.
        web_config_ok: Whether the newest attempt to read the web-config file succeeded.
        web_refused: Requests and connections that the HTTP surface refused, by reason.
        reload_time: When the configuration in force was loaded, seconds since the epoch.
        history_up: Whether the history can be written; None when none is kept.
        history_waiting: Checks with something that is not written yet.
        history_waiting_since: When the oldest of it came, seconds since the epoch; None when nothing waits.
        history_errors: Attempts to open or write the history that failed, by what was wrong.
    """

    shard: Shard = ALONE
    start_lateness: Distribution = field(default_factory=Distribution)
    loop_lag: Distribution = field(default_factory=Distribution)
    loop_lag_newest_seconds: float = 0.0
    in_flight: int = 0
    in_flight_limit: int = 0
    waiting: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    abandoned: int = 0
    rerun: Counter[str] = field(default_factory=Counter)
    plugin_errors: Counter[str] = field(default_factory=Counter)
    plugin_failures: dict[str, str] = field(default_factory=dict)
    readings_refused: Counter[str] = field(default_factory=Counter)
    series_dropped: Counter[str] = field(default_factory=Counter)
    workers_killed: Counter[str] = field(default_factory=Counter)
    quarantined: set[str] = field(default_factory=set)
    sink_errors: Counter[str] = field(default_factory=Counter)
    network_up: bool | None = None
    reload_ok: bool = True
    web_config_ok: bool = True
    web_refused: Counter[str] = field(default_factory=Counter)
    reload_time: float = 0.0
    reloads: Counter[str] = field(default_factory=Counter)
    history_up: bool | None = None
    history_waiting: int = 0
    history_waiting_since: float | None = None
    history_errors: Counter[str] = field(default_factory=Counter)
