"""What the error codes of Kafka mean (kafka.apache.org, protocol, error codes)."""

from monitor.plugin import ProbeError, Reason

REASONS = {
    1: (Reason.CONTENT, "the records that were to be read are gone"),
    3: (Reason.CONTENT, "there is no such topic"),
    5: (Reason.SERVICE_FAULT, "a partition has no leader"),
    6: (Reason.SERVICE_FAULT, "the leader of a partition has just changed"),
    7: (Reason.SERVICE_FAULT, "the broker did not do it in time"),
    8: (Reason.SERVICE_FAULT, "a broker is not available"),
    14: (Reason.SERVICE_FAULT, "the coordinator of the group is loading"),
    15: (Reason.SERVICE_FAULT, "the group has no coordinator"),
    16: (Reason.SERVICE_FAULT, "the coordinator of the group has just changed"),
    17: (Reason.CONTENT, "the name of the topic is not valid"),
    24: (Reason.CONTENT, "the name of the group is not valid"),
    29: (Reason.FORBIDDEN, "this user may not look at the topic"),
    30: (Reason.FORBIDDEN, "this user may not look at the group"),
    31: (Reason.FORBIDDEN, "this user may not do it"),
    33: (Reason.UNAUTHORIZED, "the broker does not take this mechanism of SASL"),
    34: (Reason.UNAUTHORIZED, "the broker wants no login, or another one"),
    35: (Reason.PROTOCOL, "the broker speaks other versions of the protocol"),
    58: (Reason.UNAUTHORIZED, "the login was refused"),
    69: (Reason.CONTENT, "there is no such group"),
}
"""The broker's own words are left out: they hold names."""


def refuse(code: int) -> None:
    """Return if the code says that all is well.

    Raises:
        ProbeError: It does not.
    """
    if code:
        reason, detail = REASONS.get(code, (Reason.STATUS, "the broker could not do it"))
        raise ProbeError(reason, f"{detail} (error {code})")
