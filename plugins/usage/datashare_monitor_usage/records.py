"""Records of operational data: each is looked at once, and nothing of it is kept but sums."""

from collections.abc import Mapping, Sequence
from typing import Any

from datashare_monitor_usage.collecting import Collecting
from datashare_monitor_usage.measures import Refusal
from datashare_monitor_usage.outcomes import of_record
from datashare_monitor_usage.tally import Sums
from datashare_monitor_usage.window import Window, digest

SIDES = {"client": "Client", "producer": "Producer"}
CLIENT = ("clientXRoadInstance", "clientMemberClass", "clientMemberCode", "clientSubsystemCode")
PROVIDER = ("serviceXRoadInstance", "serviceMemberClass", "serviceMemberCode", "serviceSubsystemCode")
PARTIES = (*CLIENT, *PROVIDER, "serviceCode", "serviceVersion")
MOST_TEXT = 256
MOST_KNOWN = 10_000
MOST_NAMED = 1024
"""Characters of all parts of a name together."""
MOST_SIZE = 1 << 50
LONGEST_SECONDS = 86_400
"""A transaction takes no day, and its record no day more to be written."""


class Counter:
    """Counts the records of one side.

    Attributes:
        seen: How many there were, of either side, that no earlier run can have counted.
    """

    def __init__(self, side: str, run: Collecting, window: Window) -> None:
        self.seen = 0
        self._side = SIDES[side]
        self._run = run
        self._window = window
        self._counted_before = run.state.until
        self._known: dict[tuple[object, ...], Sums] = {}

    def count(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Count some records."""
        tally = self._run.tally
        refused, illegible = tally.refused, tally.illegible
        for record in records:
            try:
                refusal = self._count(record)
            except (TypeError, ValueError, KeyError, AttributeError):
                refusal = Refusal.MALFORMED
            if refusal is not None:
                refused[refusal] += 1
        tally.legible += len(records) - (tally.illegible - illegible)

    def _count(self, record: Mapping[str, Any]) -> Refusal | None:
        side = record["securityServerType"]
        self.seen += record["monitoringDataTs"] >= self._counted_before
        if side != self._side:
            return None if side in SIDES.values() else Refusal.MALFORMED
        second, began, identity = record["monitoringDataTs"], record["requestInTs"], record["messageId"]
        if type(second) is not int or type(began) is not int or began < 0 or type(identity) is not str or not identity:
            return Refusal.MALFORMED
        if second < self._window.floor:
            return Refusal.LATE
        at = began / 1000
        if at < second - LONGEST_SECONDS:
            return Refusal.MALFORMED
        if self._run.is_future(second) or self._run.is_future(at):
            return Refusal.FUTURE
        get = record.get
        outcome = of_record(get("succeeded"), get("faultCode"), get("statusCode"))
        if outcome is None:
            return Refusal.MALFORMED
        size = _size(get("requestMimeSize") or get("requestSize")) + _size(
            get("responseMimeSize") or get("responseSize")
        )
        key = tuple([get(name) for name in PARTIES])
        sums = self._known.get(key) or self._named(key)
        if not self._window.take(second, digest(identity)):
            # Only what an earlier run may have counted is asked for again on purpose.
            return Refusal.REPEATED if second >= self._counted_before else None
        sums.add(outcome, self._run.days.of(at), at, size=size, seconds=_seconds(began, get("responseOutTs")))
        return None

    def _named(self, key: tuple[object, ...]) -> Sums:
        """Return the sums of the parties that a record names, the first time it does.

        Raises:
            ValueError: It names none, or they are no names.
        """
        names = ["" if part is None else part for part in key]
        if not all(isinstance(name, str) and len(name) <= MOST_TEXT for name in names) or not names[2]:
            raise ValueError("no parties")
        if sum(len(str(name)) for name in names) > MOST_NAMED:
            raise ValueError("parties of too long names")
        client, provider = (
            "/".join(str(name) for name in part if name) for part in (names[: len(CLIENT)], names[len(CLIENT) : -2])
        )
        service, version = names[-2:]
        services = tuple(dict.fromkeys(
            (f"{provider}/{service}/{version}", f"{provider}/{service}", provider) if version
            else (f"{provider}/{service}", provider)
        ))  # fmt: skip
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        found = self._known[key] = self._run.tally.sums(client, services)
        return found


def _size(value: object) -> int:
    if value is None:
        return 0
    if type(value) is not int or not 0 <= value < MOST_SIZE:
        raise ValueError("no size")
    return value


def _seconds(began: int, ended: object) -> float:
    """Return how long a transaction took; 0 when its record does not say."""
    if type(ended) is not int or not 0 <= ended - began < 1000 * LONGEST_SECONDS:
        return 0.0
    return (ended - began) / 1000
