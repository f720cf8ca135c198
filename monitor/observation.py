"""What one look at a target saw: status, reason, detail and readings."""

from dataclasses import dataclass
from enum import StrEnum

from monitor.measure import Reading


class Status(StrEnum):
    """The state of a check, a system or a connection. Maintenance is a mark beside it, not a status."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"
    """A fault of ours or missing data: never up and never down."""


class FaultDomain(StrEnum):
    """Who has to act."""

    CONSUMER = "consumer"
    HUB = "hub"
    PROVIDER = "provider"
    NETWORK = "network"
    MONITOR = "monitor"


class Reason(StrEnum):
    """Why a state is not up. A closed set: it becomes a label."""

    # The target gave no answer.
    TIMEOUT = "timeout"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    DISCONNECTED = "disconnected"
    DNS = "dns"
    """The name does not exist, or its servers do not say."""
    TLS = "tls"
    CERTIFICATE = "certificate"
    """The certificate is not accepted, for a reason that has no name of its own below."""
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_NAME = "certificate_name"
    """It is another host's."""
    CERTIFICATE_SELF_SIGNED = "certificate_self_signed"
    CERTIFICATE_UNTRUSTED = "certificate_untrusted"
    """No authority that is trusted stands behind it."""
    CERTIFICATE_CHAIN = "certificate_chain"
    """The server does not send the certificates between its own and the authority's."""
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_WEAK = "certificate_weak"
    """The key, the signature, the cipher or the version of TLS is no longer safe."""
    REVOCATION_UNKNOWN = "revocation_unknown"
    """Nobody says in a way that can be believed whether the certificate is revoked."""
    # The target answered, but not well.
    PROTOCOL = "protocol"
    STATUS = "status"
    HEADER = "header"
    CONTENT = "content"
    TOO_LARGE = "too_large"
    REDIRECT = "redirect"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    THROTTLED = "throttled"
    SERVICE_FAULT = "service_fault"
    """A well-formed answer that says the service failed: a SOAP Fault, ``error_code`` in a 200."""
    CERTIFICATE_EXPIRES = "certificate_expires"
    SLOW = "slow"
    STALE = "stale"
    BACKLOG = "backlog"
    MISMATCH = "mismatch"
    """Two ends disagree, or an answer is not the expected one."""
    SILENT = "silent"
    """Something that reports in by itself did not."""
    SELF_REPORTED = "self_reported"
    """The target says itself that it is failing."""
    MAINTENANCE = "maintenance"
    """The target declares itself in maintenance."""
    # The fault is ours, or nothing is known: the status is unknown.
    PENDING = "pending"
    """No run has ended yet, or nothing has come yet from a target that reports in by itself."""
    PLUGIN = "plugin"
    """The plugin raised, returned nonsense or could not be loaded."""
    WORKER = "worker"
    """The plugin's worker process died or is quarantined."""
    EGRESS = "egress"
    """The monitor is not allowed to connect there."""
    SECRET = "secret"  # noqa: S105
    """A secret that the check needs cannot be read."""
    RESOURCES = "resources"
    """The monitor ran out of descriptors, memory or addresses."""
    NETWORK = "network"
    """The monitor's own network failed."""
    LAGGED = "lagged"
    """The monitor's loop lagged while it looked, twice in a row."""
    SKIPPED = "skipped"
    """The run could not start: no slot was free."""
    OVERDUE = "overdue"
    """No run has ended for too long."""


OURS = frozenset(
    {
        Reason.PENDING, Reason.PLUGIN, Reason.WORKER, Reason.EGRESS, Reason.SECRET, Reason.RESOURCES, Reason.NETWORK,
        Reason.LAGGED, Reason.SKIPPED, Reason.OVERDUE,
    }
)  # fmt: skip
"""Reasons that make a state unknown."""

REFUSED_CERTIFICATE = frozenset(
    {
        Reason.CERTIFICATE, Reason.CERTIFICATE_EXPIRED, Reason.CERTIFICATE_NOT_YET_VALID, Reason.CERTIFICATE_NAME,
        Reason.CERTIFICATE_SELF_SIGNED, Reason.CERTIFICATE_UNTRUSTED, Reason.CERTIFICATE_CHAIN,
        Reason.CERTIFICATE_REVOKED, Reason.CERTIFICATE_WEAK,
    }
)  # fmt: skip
"""Why a handshake may find a certificate unacceptable."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What one look saw.

    Attributes:
        reason: None when and only when the status is up.
        fault: Whose fault the target's answer says it is; None when it does not say.
        detail: One line for a person; may quote the target and is escaped wherever it is shown.
        readings: Values of declared measures.
    """

    status: Status
    reason: Reason | None = None
    detail: str = ""
    readings: tuple[Reading, ...] = ()
    fault: FaultDomain | None = None

    def __post_init__(self) -> None:
        if (self.status is Status.UP) != (self.reason is None):
            raise ValueError(
                f"a status of {self.status} with the reason {self.reason}: up has none, the others need one"
            )


def up(*readings: Reading, detail: str = "") -> Observation:
    """Return the verdict that the target answered well."""
    return Observation(Status.UP, None, detail, readings)


def degraded(reason: Reason, detail: str, *readings: Reading, fault: FaultDomain | None = None) -> Observation:
    """Return the verdict that the target answered, but worse than it should."""
    return Observation(Status.DEGRADED, reason, detail, readings, fault)


def down(reason: Reason, detail: str, *readings: Reading, fault: FaultDomain | None = None) -> Observation:
    """Return the verdict that the target answered badly. When there was no answer, let the exception fly instead."""
    return Observation(Status.DOWN, reason, detail, readings, fault)


def unknown(reason: Reason, detail: str, *readings: Reading) -> Observation:
    """Return that nothing could be learnt about the target, through no fault of its own."""
    return Observation(Status.UNKNOWN, reason, detail, readings, FaultDomain.MONITOR)
