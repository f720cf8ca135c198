"""Where no history is kept: what counts by remembering cannot run, and says so."""

from typing import NoReturn

from monitor.inventory import CheckId
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError


class NoHistory:
    """Refuses every memory. Increments are summed up in memory, and begin anew with each start."""

    def read(self, check: CheckId) -> NoReturn:  # noqa: ARG002
        """Refuse.

        Raises:
            ProbeError: Always.
        """
        raise ProbeError(
            Reason.RESOURCES,
            "no history is kept, so it cannot be known where the newest run stopped; set history.path in monitor.yaml",
        )
