"""What an error that a database reports means: by its code, never by its words, which may quote cells and names."""

from monitor.plugin import ProbeError, Reason

SQLSTATES = {
    "28": (Reason.UNAUTHORIZED, "the login was refused"),
    "42501": (Reason.FORBIDDEN, "the account may not read this"),
    "3D000": (Reason.CONTENT, "there is no such database"),
    "42P01": (Reason.CONTENT, "there is no such table"),
    "42703": (Reason.CONTENT, "there is no such column"),
    "3F000": (Reason.CONTENT, "there is no such schema"),
    "42883": (Reason.CONTENT, "there is no such function"),
    "57014": (Reason.SLOW, "the statement ran into its time limit"),
    "55P03": (Reason.SLOW, "a lock was not given in time"),
    "53": (Reason.THROTTLED, "the database has run out of something"),
    "53300": (Reason.THROTTLED, "the database has no connection left"),
    "57P01": (Reason.SERVICE_FAULT, "the database is shutting down"),
    "57P03": (Reason.SERVICE_FAULT, "the database is starting up or shutting down"),
    "25006": (Reason.CONTENT, "the statement wants to write"),
    "08": (Reason.PROTOCOL, "the conversation failed"),
}
"""PostgreSQL's codes, appendix A of its manual; two characters are a class."""
MYSQL = {
    1040: "53300", 1044: "42501", 1045: "28000", 1049: "3D000", 1054: "42703", 1129: "53", 1130: "28000",
    1142: "42501", 1143: "42501", 1146: "42P01", 1193: "42703", 1203: "53300", 1205: "55P03", 1226: "53",
    1227: "42501", 1251: "28000", 1305: "42883", 1317: "57014", 1370: "42501", 1698: "28000", 1792: "25006",
    1820: "28000", 1862: "28000", 1969: "57014", 3024: "57014", 3118: "28000", 3159: "28000", 4151: "28000",
    1053: "57P01", 1041: "53", 1037: "53", 1038: "53", 1135: "53",
}  # fmt: skip
"""Numbers that MySQL and MariaDB share, and their own time limits (3024, 1969)."""
ORACLE = {
    1: "23000", 942: "42P01", 904: "42703", 1017: "28000", 28000: "28000", 28001: "28000", 1005: "28000",
    1031: "42501", 1045: "42501", 12514: "3D000", 12505: "3D000", 12516: "53300", 12519: "53300", 12520: "53300",
    18: "53300", 20: "53300", 2391: "53300", 1033: "57P03", 1034: "57P03", 1089: "57P01", 1109: "57P03",
    1013: "57014", 1456: "25006", 54: "55P03", 12541: "08001", 12528: "57P03", 12537: "08006", 3113: "08006",
    1041: "08006", 12170: "57014", 40: "57014", 65162: "28000",
}  # fmt: skip
"""``ORA-`` numbers, from Oracle's error messages reference."""
SQLSERVER = {
    18456: "28000", 18452: "28000", 18486: "28000", 18487: "28000", 18488: "28000", 4060: "3D000", 911: "3D000",
    916: "42501", 229: "42501", 230: "42501", 297: "42501", 300: "42501", 208: "42P01", 207: "42703", 195: "42883",
    4121: "42883", 1222: "55P03", 3906: "25006", 17809: "53300", 10928: "53300", 10929: "53", 40501: "53",
    6005: "57P01", 18451: "57P03", 983: "57P03", 922: "57P03", 927: "57P03", 40613: "57P03", 3617: "57014",
}  # fmt: skip
"""Message ids, from ``sys.messages``."""


def refused(code: str, number: str = "") -> ProbeError:
    """Return what an SQLSTATE means.

    Args:
        code: Five characters, of the class and its member.
        number: The database's own name for the error; the code itself unless given.
    """
    reason, words = SQLSTATES.get(code) or SQLSTATES.get(code[:2]) or (Reason.SERVICE_FAULT, "the statement failed")
    return ProbeError(reason, f"{words} ({number or code})")


def nonsense(error: BaseException) -> ProbeError:
    """Return what an error means that a driver raises over an answer it cannot take apart."""
    if isinstance(error, ProbeError):
        return error
    if isinstance(error, ConnectionError | EOFError):
        return ProbeError(Reason.DISCONNECTED, "the connection ended before the answer did")
    if isinstance(error, TimeoutError):
        return ProbeError(Reason.TIMEOUT, "no answer in time")
    return ProbeError(Reason.PROTOCOL, f"the answer is none of this database's protocol ({type(error).__name__})")
