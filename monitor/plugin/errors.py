"""The one exception a plugin may want to raise itself, and the end of any other."""

from contextlib import suppress

from monitor.observation import FaultDomain, Reason


class ProbeError(Exception):
    """No answer, for a reason that is known by name.

    The vantage raises it for what no standard exception says: a body over its limit, an address outside the allowed
    networks, a secret that cannot be read. A plugin raises it to name what a driver's own exception means.
    Reasons that are the monitor's own (``Reason.EGRESS``, ``Reason.SECRET`` …) make the state unknown, all others down;
    ``fault`` is whose fault the target's answer says it is, None when it does not say.
    """

    def __init__(self, reason: Reason, detail: str, fault: FaultDomain | None = None) -> None:
        super().__init__(reason, detail, fault)
        self.reason = reason
        self.detail = detail
        self.fault = fault

    def __str__(self) -> str:
        return self.detail


def let_go(error: BaseException) -> None:
    """Part an error, and what led to it, from the frames they went through, once nobody asks any more where it was.

    A frame that still names an error is held by its traceback: a cycle with all that a run had, which only the garbage
    collector would find.
    """
    left: list[BaseException | None] = [error]
    known: set[int] = set()
    while left:
        one = left.pop()
        if one is None or id(one) in known:
            continue
        known.add(id(one))
        BaseException.with_traceback(one, None)  # a frozen dataclass refuses to have its attribute set
        with suppress(Exception):  # the attributes of a foreign exception may be foreign code
            left += (one.__cause__, one.__context__)
            left += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
