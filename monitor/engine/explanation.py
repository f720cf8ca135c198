"""What an exception says about a target: a closed table from errors to reasons."""

import errno
import os
import socket
import ssl
from asyncio import CancelledError

from monitor.network.verification import reason_of
from monitor.observation import OURS, FaultDomain, Observation, Reason, Status, down, unknown
from monitor.plugin.errors import ProbeError

AMBIGUOUS = frozenset({Reason.TIMEOUT, Reason.UNREACHABLE, Reason.DNS})
"""Reasons that our own network may have caused as well as the target: witnesses are asked before it is called down."""

BY_NUMBER = {
    errno.ENETUNREACH: Reason.NETWORK,
    errno.ENETDOWN: Reason.NETWORK,
    errno.EACCES: Reason.EGRESS,
    errno.EPERM: Reason.EGRESS,
    errno.EINVAL: Reason.EGRESS,
    errno.EMFILE: Reason.RESOURCES,
    errno.ENFILE: Reason.RESOURCES,
    errno.ENOMEM: Reason.RESOURCES,
    errno.ENOBUFS: Reason.RESOURCES,
    errno.EADDRINUSE: Reason.RESOURCES,
    errno.EADDRNOTAVAIL: Reason.RESOURCES,
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.ECONNRESET: Reason.DISCONNECTED,
    errno.ECONNABORTED: Reason.DISCONNECTED,
    errno.EPIPE: Reason.DISCONNECTED,
    errno.EHOSTUNREACH: Reason.UNREACHABLE,
    errno.EHOSTDOWN: Reason.UNREACHABLE,
    errno.ETIMEDOUT: Reason.TIMEOUT,
}
"""EACCES, EPERM and EINVAL on a socket: a local rule or the kernel refuses the address."""

BY_TYPE: tuple[tuple[type[BaseException], Reason, str], ...] = (
    (ConnectionRefusedError, Reason.REFUSED, "the connection was refused"),
    (ConnectionError, Reason.DISCONNECTED, "the connection broke"),
    (TimeoutError, Reason.TIMEOUT, "no answer in time"),
    (EOFError, Reason.DISCONNECTED, "the connection ended before the answer did"),
    (MemoryError, Reason.RESOURCES, "out of memory"),
)
"""For errors without a number; ``asyncio.IncompleteReadError`` is an EOFError."""


def explain(error: BaseException) -> Observation:
    """Return what an exception that left ``observe`` means. Never raises.

    The text of an error is quoted only where it cannot hold a secret: driver errors often hold a whole address with
    its password, so of an unforeseen one only the type is named.
    """
    try:
        return meaning(error)
    except Exception:  # noqa: BLE001 - the attributes of a foreign exception may be foreign code
        return unforeseen(error)


def meaning(error: BaseException) -> Observation:
    """Return what the table says of an exception."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case ProbeError(reason=Reason() as reason, detail=str() as detail, fault=fault):
            return named(reason, detail, fault if isinstance(fault, FaultDomain) else None)
        case ssl.SSLError():
            return of_tls(error)
        case socket.gaierror() | socket.herror():
            return of_lookup(error)
        case OSError(errno=int()) if error.errno in BY_NUMBER and (error.filename is None or is_exhausted(error.errno)):
            return named(BY_NUMBER[error.errno], os.strerror(error.errno))
        case CancelledError():
            return unknown(Reason.PLUGIN, "the plugin cancelled its own run")
    for kind, reason, detail in BY_TYPE:
        if isinstance(error, kind):
            return named(reason, detail)
    return unforeseen(error)


def named(reason: Reason, detail: str, fault: FaultDomain | None = None) -> Observation:
    """Return the observation for a failure whose reason is known: unknown when the fault is ours, else down."""
    return unknown(reason, detail) if reason in OURS else down(reason, detail, fault=fault)


def is_ambiguous(observation: Observation) -> bool:
    """Tell whether our own network may have caused this failure."""
    return observation.status is Status.DOWN and observation.reason in AMBIGUOUS


def is_exhausted(number: int) -> bool:
    """Tell whether this error number means that we ran out of something, whatever the call was about."""
    return BY_NUMBER.get(number) is Reason.RESOURCES


def unforeseen(error: BaseException) -> Observation:
    """Return what an exception means that nobody foresaw: a fault of the plugin."""
    return unknown(Reason.PLUGIN, f"the plugin raised {type(error).__name__}")


def of_tls(error: ssl.SSLError) -> Observation:
    """Return what a failure of TLS means."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return down(reason_of(error), str(getattr(error, "verify_message", "") or "the certificate is not valid"))
    # OpenSSL's own word, such as WRONG_VERSION_NUMBER; missing when Python itself raised the error.
    word = str(getattr(error, "reason", "") or type(error).__name__)
    return down(Reason.TLS, f"TLS failed: {word.replace('_', ' ').lower()}")


def of_lookup(error: OSError) -> Observation:
    """Return what a failure of ``getaddrinfo`` and its kin means."""
    if error.errno == socket.EAI_MEMORY:
        return unknown(Reason.RESOURCES, "out of memory while looking the name up")
    return down(Reason.DNS, "the name does not resolve")
