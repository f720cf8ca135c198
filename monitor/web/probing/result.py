"""What one look on request brought."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.config.modules import Module
from monitor.measure import Reading
from monitor.network.half import HalfAnswer
from monitor.network.ledger import Handshake
from monitor.observation import Status
from monitor.plugin.vantage import Address, TlsFacts

TARGET = "target"
"""The reason of a failure that no run has: the target asked for is none for the module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One look.

    Attributes:
        reason: Why it failed: a Reason, or ``target``; empty when it did not.
        phases: Seconds by name.
        names: What was looked up, with what was found.
        tried: The addresses there was an attempt to connect to.
        labels: Of ``probe_expect_info``.
        half: What came of an HTTP answer that was not judged, because it broke off or was too long.
        facts: What the certificates say, also when they cannot be trusted; None without TLS.
        is_aimed: Whether the target was one for the module, so that it was looked up at all.
    """

    module: Module
    target: str
    started: datetime
    timeout_seconds: float
    duration_seconds: float = 0.0
    status: Status
    reason: str = ""
    detail: str = ""
    readings: Sequence[Reading] = ()
    phases: Mapping[str, float] = field(default_factory=dict)
    names: Sequence[tuple[str, Sequence[Address]]] = ()
    tried: Sequence[Address] = ()
    handshake: Handshake | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    half: HalfAnswer | None = None
    facts: TlsFacts | None = None
    is_aimed: bool = True

    @property
    def is_success(self) -> bool:
        """Whether the target answered well; what is not known counts as failed here."""
        return self.status in {Status.UP, Status.DEGRADED}
