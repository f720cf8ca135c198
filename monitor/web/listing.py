"""Lists in a stable order, filtered and paged by a cursor, made without holding the loop."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from multidict import MultiMapping

from monitor.inventory import Inventory
from monitor.observation import Reason, Status
from monitor.outcome import Confirmed
from monitor.web.refusal import RefusedError
from monitor.web.resemblance import nearest, nearest_targets

T = TypeVar("T")

DEFAULT_LIMIT = 100
MOST = 500
"""Entries on a page: about 5 ms of rendering."""
BREATH_SECONDS = 0.002
"""How long the loop is held before others get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What was asked for.

    Attributes:
        after: The cursor; empty for the first page.
    """

    limit: int
    after: str


def page(query: MultiMapping[str], known: Iterable[str]) -> Page:
    """Return the page asked for; ``known`` are the other parameters there are.

    Raises:
        RefusedError: 400 for a parameter that is not known or a limit that is none.
    """
    only_parameters(query, {"limit", "after", *known})
    for name in query:
        if len(query.getall(name)) > 1:
            raise RefusedError(400, f"the parameter {name} is given twice; give it once")
    text = query.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST):
        raise RefusedError(400, f"limit={text[:50]} is not a number from 1 to {MOST}")
    return Page(limit=int(text), after=query.get("after", ""))


def only_parameters(query: MultiMapping[str], known: Iterable[str]) -> None:
    """Let a query pass that has no other parameters than these.

    Raises:
        RefusedError: 400 with the nearest for one that would have no effect.
    """
    allowed = sorted(known)
    for name in query:
        if name not in allowed:
            there = f"there {'is' if len(allowed) == 1 else 'are'} {', '.join(allowed)}"
            detail = f"there is no parameter {name[:50]!r}; {there}"
            raise RefusedError(400, detail, nearest=nearest(name, allowed))


def no_parameters(query: MultiMapping[str]) -> None:
    """Let a query without any parameters pass.

    Raises:
        RefusedError: 400 for one that would have no effect.
    """
    for name in query:
        raise RefusedError(400, f"there is no parameter {name[:50]!r}: this takes none")


def target(query: MultiMapping[str], name: str, targets: Collection[str], inventory: Inventory) -> str | None:
    """Return a parameter that must be one of these targets; None when it is not given.

    Raises:
        RefusedError: 400 with the nearest when it is something else.
    """
    value = query.get(name)
    if value is None or value in targets:
        return value
    meant = nearest_targets(value, targets, inventory)
    hint = f"did you mean {meant[0]}?" if meant else "/api/v1/inventory?type=system lists them, as does type=connection"
    raise RefusedError(400, f"{name}={value[:200]} is not here; {hint}", nearest=meant)


def member(query: MultiMapping[str], name: str, members: Iterable[str]) -> str | None:
    """Return a parameter that must be one of a closed set; None when it is not given.

    Raises:
        RefusedError: 400 when it is something else.
    """
    value = query.get(name)
    if value is None:
        return None
    if value not in (allowed := [str(one) for one in members]):
        meant = nearest(value, allowed)
        raise RefusedError(400, f"{name}={value[:80]} is unknown; there are: {', '.join(allowed[:60])}", nearest=meant)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFilter:
    """Which states are wanted; None for any."""

    status: str | None
    reason: str | None

    def admits(self, state: Confirmed) -> bool:
        """Return whether a state is wanted."""
        return self.status in {None, state.status} and (self.reason is None or self.reason == state.reason)

    @property
    def is_open(self) -> bool:
        """Whether everything is wanted, what has no state included."""
        return self.status is None and self.reason is None


def state_filter(query: MultiMapping[str]) -> StateFilter:
    """Return the filter that the parameters status and reason ask for.

    Raises:
        RefusedError: 400 when one of them is not a member of its set.
    """
    return StateFilter(status=member(query, "status", Status), reason=member(query, "reason", Reason))


def after(ids: Sequence[str], cursor: str) -> Iterator[str]:
    """Return the sorted ids behind a cursor, which need not be among them any more."""
    start = bisect_right(ids, cursor) if cursor else 0
    return (ids[index] for index in range(start, len(ids)))


async def breathing(items: Iterable[T]) -> AsyncIterator[T]:
    """Yield the items and let others have the loop from time to time."""
    began = perf_counter()
    for item in items:
        yield item
        if perf_counter() - began > BREATH_SECONDS:
            await asyncio.sleep(0)
            began = perf_counter()


async def take(items: Iterable[T], limit: int, is_wanted: Callable[[T], bool]) -> tuple[list[T], bool]:
    """Return the first wanted items, at most ``limit``, and whether there are more."""
    found: list[T] = []
    async for item in breathing(items):
        if is_wanted(item):
            if len(found) == limit:
                return found, True
            found.append(item)
    return found, False
