"""Kiss-o'-death: a server that does not want to tell the time says why, in four letters (RFC 5905, section 7.4)."""

from monitor.plugin import Observation, Reason, down

CODES = {
    b"DENY": (Reason.FORBIDDEN, "it denies us access"),
    b"RSTR": (Reason.FORBIDDEN, "a rule of the server keeps us out"),
    b"RATE": (Reason.THROTTLED, "we ask too often; let the check run less often"),
    b"ACST": (Reason.SERVICE_FAULT, "it belongs to an anycast server"),
    b"AUTH": (Reason.UNAUTHORIZED, "it does not know us"),
    b"AUTO": (Reason.UNAUTHORIZED, "its Autokey sequence failed"),
    b"BCST": (Reason.SERVICE_FAULT, "it belongs to a broadcast server"),
    b"CRYP": (Reason.UNAUTHORIZED, "it does not know our keys"),
    b"DROP": (Reason.FORBIDDEN, "it lost touch with us"),
    b"INIT": (Reason.SELF_REPORTED, "it has just started and does not know the time yet"),
    b"MCST": (Reason.SERVICE_FAULT, "it belongs to a multicast server"),
    b"NKEY": (Reason.UNAUTHORIZED, "it has no key for us"),
    b"NTSN": (Reason.UNAUTHORIZED, "it wants NTS, and did not like ours"),
    b"RMOT": (Reason.FORBIDDEN, "somebody at the server is changing its settings"),
    b"STEP": (Reason.SELF_REPORTED, "its clock was just set by a step"),
}


def kissed(code: bytes) -> Observation:
    """Return the verdict on a kiss-o'-death."""
    letters = "".join(chr(byte) for byte in code if 32 < byte < 127)
    reason, words = CODES.get(code, (Reason.SERVICE_FAULT, "a code that no standard has"))
    return down(reason, f"refuses to tell the time (kiss-o'-death {letters or code.hex()}): {words}")
