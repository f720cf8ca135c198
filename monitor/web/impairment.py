"""Which connections need somebody, and whom: one answer for the pages and the API."""

from monitor.inventory import Connection
from monitor.observation import Reason, Status
from monitor.outcome import Confirmed, Fault


def is_impaired(state: Confirmed) -> bool:
    """Return whether a state is other than up, unless the first runs are still awaited."""
    return state.status is not Status.UP and state.reason is not Reason.PENDING


def concerns(agency: str, connection: Connection, fault: Fault | None) -> bool:
    """Return whether a connection is an agency's own, or broken at it or at one of its systems."""
    return connection.agency == agency or (fault is not None and fault.at.partition("/")[0] == agency)
