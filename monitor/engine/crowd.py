"""Whether so many fail at once, across agencies, that the fault is more likely ours than theirs."""

from collections.abc import Iterable
from dataclasses import dataclass

MANY = 3
"""Fewer agencies, or fewer hosts, than this may well have failed by themselves at the same time."""
FEW = 2
"""One host without a route may well be on a network of its own."""
TOGETHER_SECONDS = 60.0
"""Failures that began within this time of each other began at once: a round of most checks."""


@dataclass(slots=True)
class Trace:
    """When something last answered, and since when it has not; None while it does."""

    answered: float = float("-inf")
    silent_since: float | None = None


class Crowd:
    """The newest evidence of each agency and each target host.

    A mass failure takes three silent agencies and three silent hosts, which fell silent together, for each one that has
    answered since. One agency that dies is one vote, however many checks it has; a hub that dies under the connections
    of every agency is one host.
    """

    def __init__(self) -> None:
        self._agencies: dict[str, Trace] = {}
        self._hosts: dict[str, Trace] = {}
        self._watched: frozenset[str] = frozenset()

    def answered(self, agency: str, host: str, at: float) -> None:
        """Note that a host of an agency gave an answer, good or bad."""
        for traces, key in ((self._agencies, agency), (self._hosts, host)):
            trace = traces.get(key)
            if trace is None:
                trace = traces[key] = Trace()
            trace.answered = at
            trace.silent_since = None

    def failed(self, agency: str, host: str, since: float) -> None:
        """Note an ambiguous failure, and since when an answer was due."""
        for traces, key in ((self._agencies, agency), (self._hosts, host)):
            trace = traces.setdefault(key, Trace())
            if trace.silent_since is None and trace.answered < since:
                trace.silent_since = since

    def is_silent(self, agency: str, host: str) -> bool:
        """Tell whether most agencies and hosts fell silent when this one did."""
        return has_company(self._agencies, agency) and has_company(self._hosts, host)

    def is_all_silent(self) -> bool:
        """Tell whether not one of all hosts answers any more, of at least two: where three agencies are not watched."""
        if len(self._watched) < FEW:
            return False
        traces = map(self._hosts.get, self._watched)
        return all(trace is not None and trace.silent_since is not None for trace in traces)

    def keep(self, agencies: Iterable[str], hosts: Iterable[str]) -> None:
        """Take these for all there are, and forget all others."""
        agencies, hosts = set(agencies), frozenset(hosts)
        self._watched = hosts
        self._agencies = {key: trace for key, trace in self._agencies.items() if key in agencies}
        self._hosts = {key: trace for key, trace in self._hosts.items() if key in hosts}


def has_company(traces: dict[str, Trace], key: str) -> bool:
    """Tell whether at least three fell silent together for each one that has answered since."""
    onset = traces[key].silent_since if key in traces else None
    if onset is None:
        return False
    silent = sum(
        trace.silent_since is not None and abs(trace.silent_since - onset) <= TOGETHER_SECONDS
        for trace in traces.values()
    )
    alive = sum(trace.answered > onset for trace in traces.values())
    return silent >= max(MANY, MANY * alive)
