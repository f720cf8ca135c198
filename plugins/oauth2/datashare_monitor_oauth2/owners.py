"""Who has to act when an API refuses."""

from dataclasses import dataclass
from typing import Literal

from monitor.plugin import FaultDomain, ProbeError, Reason

Owner = Literal["consumer", "hub", "provider"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """Who has to act when we are refused; it differs with the rules of a platform.

    Attributes:
        unauthorized: When our credentials are refused (401): who holds them.
        forbidden: When we have no right to this API (403): who grants it.
        throttled: When the quota is used up (429): who sets it.
    """

    unauthorized: Owner = "consumer"
    forbidden: Owner = "provider"
    throttled: Owner = "hub"

    def of(self, reason: Reason) -> FaultDomain | None:
        """Return whose fault a refusal is; None when it is no refusal."""
        owners = {
            Reason.UNAUTHORIZED: self.unauthorized,
            Reason.FORBIDDEN: self.forbidden,
            Reason.THROTTLED: self.throttled,
        }
        return FaultDomain(owners[reason]) if reason in owners else None

    def told(self, error: ProbeError) -> ProbeError:
        """Return an error that tells its owner, too."""
        return ProbeError(error.reason, error.detail, error.fault or self.of(error.reason))
