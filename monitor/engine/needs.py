"""What the engine needs of its collaborators, as far as it uses them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from monitor.inventory import Check
from monitor.measure import Reading
from monitor.observation import Observation
from monitor.outcome import Outcome
from monitor.plugin.vantage import Vantage

Emit = Callable[[Outcome], None]


class RunVantage(Vantage, Protocol):
    """The vantage of one run, with what is left of it when the run has ended."""

    @property
    def phases(self) -> Mapping[str, float]:
        """Seconds by phase name; readable at any moment."""
        ...

    @property
    def noted(self) -> Sequence[Reading]:
        """Readings that count whatever became of the run."""
        ...

    @property
    def remembered(self) -> bytes | None:
        """What the probe wrote into its memory; None when it wrote nothing."""
        ...

    def covered(self, text: str) -> str:
        """Return a text without the secrets that the run was given."""
        ...

    def close(self) -> None:
        """Release what the run left open."""
        ...


class Network(Protocol):
    """Where vantages come from."""

    def vantage(self, check: Check, deadline: float) -> RunVantage:
        """Return the vantage of one run, which ends at ``deadline`` on the monotonic clock."""
        ...

    async def resolve_fresh(self, host: str) -> object:
        """Look a host up past every cache.

        Raises:
            ProbeError: It does not resolve.
        """
        ...


class WorkerResult(Protocol):
    """What came back from a worker process."""

    @property
    def observation(self) -> Observation:
        """What the probe saw."""
        ...

    @property
    def phases(self) -> Mapping[str, float]:
        """Seconds by phase name."""
        ...

    @property
    def noted(self) -> Sequence[Reading]:
        """Readings that count whatever the probe returned."""
        ...

    @property
    def memory(self) -> bytes | None:
        """What the probe wrote into its memory, if the run ended well."""
        ...


class Workers(Protocol):
    """Where probes run that are not trusted in the daemon."""

    async def observe(self, check: Check, deadline: float) -> WorkerResult:
        """Look once, in a worker.

        Raises:
            ProbeError: The worker died or is quarantined.
        """
        ...
