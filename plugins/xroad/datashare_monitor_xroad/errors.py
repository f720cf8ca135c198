"""Errors of X-Road: on which side it broke, and why."""

import re

from monitor.plugin import FaultDomain, ProbeError, Reason

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,120}", re.ASCII)
SIDES = (
    ("server.clientproxy", FaultDomain.CONSUMER),
    ("server.serverproxy", FaultDomain.PROVIDER),
    ("client", FaultDomain.CONSUMER),
    ("server", FaultDomain.PROVIDER),
)
"""By how a code begins (PR-REST, 4.6): the consumer's security server, the provider's, the request, the service."""
REASONS = {
    "accessdenied": Reason.FORBIDDEN,
    "sslauthenticationfailed": Reason.UNAUTHORIZED,
    "authenticationfailed": Reason.UNAUTHORIZED,
}
"""By the end of a code, its capitals and underscores taken off: X-Road 7 writes ``access_denied``."""


def error_of(code: str, status: int) -> ProbeError:
    """Return what a code means; its message is not kept, for it may name hosts and persons."""
    text = code.strip()
    shown = text if _CODE.fullmatch(text) else "without a code"
    plain = text.lower()
    fault = next((side for start, side in SIDES if plain == start or plain.startswith(f"{start}.")), None)
    reason = REASONS.get(plain.rpartition(".")[2].replace("_", ""), Reason.SERVICE_FAULT)
    return ProbeError(reason, f"answered {status} with the error {shown}", fault)
