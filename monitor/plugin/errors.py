"""The one exception a plugin may want to raise itself."""

from monitor.observation import FaultDomain, Reason


class ProbeError(Exception):
    """No answer, for a reason that is known by name.

    The vantage raises it for what no standard exception says: a body over its limit, an address outside the allowed
    networks, a secret that cannot be read. A plugin raises it to name what a driver's own exception means.
    Reasons that are the monitor's own (``Reason.EGRESS``, ``Reason.SECRET`` …) make the state unknown, all others down;
    ``fault`` is whose fault the target's answer says it is, None when it does not say.
    """

    def __init__(self, reason: Reason, detail: str, fault: FaultDomain | None = None) -> None:
        super().__init__(reason, detail, fault)
        self.reason = reason
        self.detail = detail
        self.fault = fault

    def __str__(self) -> str:
        return self.detail
