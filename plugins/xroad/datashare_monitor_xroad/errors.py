"""Errors of X-Road: on which side it broke, and why."""

from monitor.plugin import ProbeError, Reason
from monitor.plugin.http import shown_code, side_of

REASONS = {
    "accessdenied": Reason.FORBIDDEN,
    "sslauthenticationfailed": Reason.UNAUTHORIZED,
    "authenticationfailed": Reason.UNAUTHORIZED,
}
"""By the end of a code, its capitals and underscores taken off: X-Road 7 writes ``access_denied``."""


def error_of(code: str, status: int) -> ProbeError:
    """Return what a code means; its message is not kept, for it may name hosts and persons."""
    plain = code.strip().lower()
    reason = REASONS.get(plain.rpartition(".")[2].replace("_", ""), Reason.SERVICE_FAULT)
    return ProbeError(reason, f"answered {status} with the error {shown_code(code)}", side_of(code))
