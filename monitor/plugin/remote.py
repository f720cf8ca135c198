"""Stand-ins for probes that do not run in the daemon's own process."""

from dataclasses import dataclass

from monitor.observation import Observation, Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.secret import Secret
from monitor.plugin.vantage import Vantage


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteProbe:
    """A probe as its worker process will build it; the daemon never imports the plugin.

    Attributes:
        plugin: Name of the entry point to load in the worker.
        settings: The checked ``with:`` mapping, as JSON.
        secrets: The secrets that its settings name, and the only ones its worker is given.
        systems: Those whose external ids it asks for.
    """

    plugin: str
    kind: str
    settings: str
    secrets: tuple[Secret, ...] = ()
    systems: tuple[str, ...] = ()

    async def observe(self, vantage: Vantage) -> Observation:
        """Refuse: the engine sends this probe to a worker.

        Raises:
            ProbeError: Always.
        """
        raise ProbeError(Reason.WORKER, f"{self.kind} runs in a worker of {self.plugin}, seen from {vantage.name}")


@dataclass(frozen=True, slots=True)
class UnavailableProbe:
    """Stands where a check names a kind whose plugin could not be loaded: the check is unknown, all others run."""

    detail: str

    async def observe(self, vantage: Vantage) -> Observation:  # noqa: ARG002
        """Say why there is nothing to run.

        Raises:
            ProbeError: Always.
        """
        raise ProbeError(Reason.PLUGIN, self.detail)
