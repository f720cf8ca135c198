"""What the result of an operation says about a directory."""

import re
from dataclasses import dataclass

from datashare_monitor_ldap.ber import Element
from monitor.plugin import Reason

SUCCESS, SIZE_LIMIT_EXCEEDED = 0, 4
CODES = {
    1: ("operationsError", Reason.SERVICE_FAULT),
    2: ("protocolError", Reason.PROTOCOL),
    3: ("timeLimitExceeded", Reason.SLOW),
    4: ("sizeLimitExceeded", Reason.STATUS),
    7: ("authMethodNotSupported", Reason.PROTOCOL),
    8: ("strongerAuthRequired", Reason.FORBIDDEN),
    10: ("referral", Reason.REDIRECT),
    11: ("adminLimitExceeded", Reason.THROTTLED),
    12: ("unavailableCriticalExtension", Reason.PROTOCOL),
    13: ("confidentialityRequired", Reason.FORBIDDEN),
    16: ("noSuchAttribute", Reason.CONTENT),
    17: ("undefinedAttributeType", Reason.CONTENT),
    18: ("inappropriateMatching", Reason.CONTENT),
    21: ("invalidAttributeSyntax", Reason.CONTENT),
    32: ("noSuchObject", Reason.CONTENT),
    34: ("invalidDNSyntax", Reason.CONTENT),
    48: ("inappropriateAuthentication", Reason.UNAUTHORIZED),
    49: ("invalidCredentials", Reason.UNAUTHORIZED),
    50: ("insufficientAccessRights", Reason.FORBIDDEN),
    51: ("busy", Reason.THROTTLED),
    52: ("unavailable", Reason.SERVICE_FAULT),
    53: ("unwillingToPerform", Reason.SERVICE_FAULT),
    80: ("other", Reason.SERVICE_FAULT),
}
"""Names and numbers of RFC 4511; every other code is ``Reason.STATUS``."""
ACTIVE_DIRECTORY = re.compile(rb"AcceptSecurityContext error, data ([0-9a-f]{3,4})\b")
ACCOUNTS = {
    b"525": "no such user", b"52e": "wrong password", b"530": "not at this hour", b"531": "not from this machine",
    b"532": "the password has run out", b"533": "the account is disabled", b"701": "the account has run out",
    b"773": "the password must be changed", b"775": "the account is locked",
}  # fmt: skip
"""What Active Directory writes into the message of invalidCredentials."""


@dataclass(frozen=True, slots=True)
class Result:
    """How an operation ended. The server's own words are left out: they may name people."""

    code: int
    account: str = ""

    @property
    def reason(self) -> Reason:
        """The reason when it is not a success."""
        return CODES.get(self.code, ("", Reason.STATUS))[1]

    def __str__(self) -> str:
        name = CODES.get(self.code, ("a code without a name", Reason.STATUS))[0]
        return f"{name} ({self.code}{f', {self.account}' if self.account else ''})"


def result(operation: Element) -> Result:
    """Return the result in a response.

    Raises:
        ValueError: There is none.
    """
    code, *rest = operation.inside()[:3]
    message = rest[1].content if len(rest) > 1 else b""
    found = ACTIVE_DIRECTORY.search(message[:500])
    return Result(code.number(), ACCOUNTS.get(found[1], "") if found else "")
