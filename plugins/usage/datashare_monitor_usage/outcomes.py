"""From a status, a word or a fault code to how a transaction ended."""

from collections.abc import Mapping

from datashare_monitor_usage.measures import Outcome

WORDS: Mapping[str, Outcome] = {
    **{str(outcome): outcome for outcome in Outcome},
    "true": Outcome.OK,
    "success": Outcome.OK,
    "succeeded": Outcome.OK,
    "false": Outcome.SERVER_ERROR,
    "error": Outcome.SERVER_ERROR,
    "failed": Outcome.SERVER_ERROR,
    "failure": Outcome.SERVER_ERROR,
    "fault": Outcome.SERVER_ERROR,
}
"""In lower case."""


def of_status(code: int) -> Outcome | None:
    """Return how a request ended that was answered with this HTTP status; None when it is none."""
    match code:
        case 429:
            return Outcome.THROTTLED
        case 408 | 504:
            return Outcome.TIMEOUT
    return BY_CLASS.get(code // 100)


BY_CLASS = {
    1: Outcome.OK,
    2: Outcome.OK,
    3: Outcome.OK,
    4: Outcome.CLIENT_ERROR,
    5: Outcome.SERVER_ERROR,
}


def of_cell(value: object, words: Mapping[str, Outcome]) -> Outcome | None:
    """Return how a request ended by a status or a word of a log; None when neither is known.

    Args:
        value: What the log says.
        words: What the configuration says of its words, in lower case; they come before the usual ones.
    """
    text = str(value).strip().lower()
    if (found := words.get(text) or WORDS.get(text)) is not None:
        return found
    number = text.partition(".")[0]
    return of_status(int(number)) if number.isascii() and number.isdecimal() and len(number) == 3 else None


CLIENT_FAULTS = ("client.", "client", "server.serverproxy.accessdenied", "server.clientproxy.sslauthenticationfailed")
"""Faults that the consumer has to mend, although X-Road says that a server has found them."""


def of_record(succeeded: object, fault: object, status: object) -> Outcome | None:
    """Return how a transaction of X-Road ended, by three fields of its record; None when they do not say.

    A fault code tells more than the status of the REST answer that carries it. Codes are compared without case.
    """
    if succeeded is True:
        return of_status(status) if type(status) is int and status >= 400 else Outcome.OK
    if succeeded is not False:
        return None
    code = fault.lower() if isinstance(fault, str) else ""
    if "timeout" in code or "timedout" in code:
        return Outcome.TIMEOUT
    if code.startswith(CLIENT_FAULTS):
        return Outcome.CLIENT_ERROR
    if not code and type(status) is int:
        return of_status(status) or Outcome.SERVER_ERROR
    return Outcome.SERVER_ERROR
