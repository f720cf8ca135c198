"""What a gRPC status other than OK says about a target."""

from enum import IntEnum

from monitor.plugin import Observation, Reading, Reason, down


class Code(IntEnum):
    """The status codes of gRPC."""

    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


REASONS = {
    Code.UNKNOWN: Reason.SERVICE_FAULT,
    Code.DEADLINE_EXCEEDED: Reason.TIMEOUT,
    Code.PERMISSION_DENIED: Reason.FORBIDDEN,
    Code.RESOURCE_EXHAUSTED: Reason.THROTTLED,
    Code.INTERNAL: Reason.SERVICE_FAULT,
    Code.UNAVAILABLE: Reason.SERVICE_FAULT,
    Code.UNAUTHENTICATED: Reason.UNAUTHORIZED,
}
"""Every other code is ``Reason.STATUS``."""


def refusal(code: int, message: str, service: str, *seen: Reading) -> Observation:
    """Return the verdict on an answer whose status is not OK."""
    try:
        known = Code(code)
    except ValueError:
        return down(Reason.STATUS, f"answered the gRPC status {code}, expected OK", *seen)
    said = f": {message}" if message else ""
    match known:
        case Code.UNIMPLEMENTED:
            detail = "answered UNIMPLEMENTED: the server has no grpc.health.v1.Health service"
        case Code.NOT_FOUND:
            detail = f"answered NOT_FOUND: its health service knows no service {service or '(the server)'}"
        case _:
            detail = f"answered {known.name}, expected OK{said}"
    return down(REASONS.get(known, Reason.STATUS), detail, *seen)
