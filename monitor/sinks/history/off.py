"""Where no history is kept: what counts by remembering cannot run, and says so."""

from collections.abc import Sequence
from typing import NoReturn

from monitor.inventory import CheckId, ProgrammeId
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.sinks.history.batch import DayCount


class NoHistory:
    """Refuses every memory. Increments are summed up in memory, and begin anew with each start."""

    def counted(self, programme: ProgrammeId) -> Sequence[DayCount]:  # noqa: ARG002
        """Return that nothing was counted on any day before."""
        return ()

    def read(self, check: CheckId) -> NoReturn:  # noqa: ARG002
        """Refuse.

        Raises:
            ProbeError: Always.
        """
        raise ProbeError(
            Reason.RESOURCES,
            "no history is kept, so it cannot be known where the newest run stopped; set history.path in monitor.yaml",
        )
