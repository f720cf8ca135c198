"""Conditions in CEL on a JSON body: compiled when configuration is read, evaluated in a process that is bounded.

The library, cel-expr-python, is the CEL project's own, around its evaluator in C++. It counts the steps of loops, but a
step may compare or copy the whole body: without bounds a body of 300 KB took seven seconds or 2.5 GB.
"""

import asyncio
import json
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from datashare_monitor_http.bounded import Bounds, evaluated
from monitor.plugin import Answer, ProbeError, Reason, Vantage
from monitor.plugin.http.assertions import Finding

if TYPE_CHECKING:
    from datashare_monitor_http.probe import HttpProbe

LONGEST = 4096
"""Characters of an expression."""
MOST_BODY = 4 * 1024 * 1024
BOUNDS = Bounds(memory_bytes=512 * 1024 * 1024, cpu_seconds=2)
AT_ONCE = 8
"""Processes of one daemon; who comes later waits."""
_rooms: "WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]" = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression, and whether a good body makes it true."""

    expression: str
    is_wanted: bool

    def __str__(self) -> str:
        return f"body {'matches' if self.is_wanted else 'does not match'} the CEL '{self.expression}'"


def conditions_of(probe: "HttpProbe") -> tuple[Condition, ...]:
    """Return the conditions of a probe."""
    pairs = ((probe.fail_if_body_json_matches_cel, False), (probe.fail_if_body_json_not_matches_cel, True))
    return tuple([Condition(text, is_wanted) for text, is_wanted in pairs if text is not None])


async def unmet(conditions: tuple[Condition, ...], answer: Answer, vantage: Vantage) -> Finding | None:
    """Return what is wrong with a body, or None; a body that CEL cannot be evaluated on is wrong.

    Raises:
        ProbeError: There was no room, or no process could be started (``Reason.RESOURCES``).
    """
    if len(answer.body) > MOST_BODY:
        words = f"the body is over {MOST_BODY} bytes, on which CEL is not evaluated; lower body_size_limit"
        return Finding(Reason.TOO_LARGE, words)
    expressions = json.dumps([one.expression for one in conditions]).encode()
    async with _Room(vantage.deadline):
        said = await evaluated(expressions + b"\n" + answer.body, BOUNDS)
    if said is None:
        limits = f"{BOUNDS.cpu_seconds} s of processor time and {BOUNDS.memory_bytes >> 20} MiB"
        return Finding(Reason.CONTENT, f"the CEL cannot be evaluated on the body within {limits}")
    found: list[Any] | str = json.loads(said)
    if isinstance(found, str):
        return Finding(Reason.CONTENT, f"the body is not JSON that can be read: {found}")
    for condition, value in zip(conditions, found, strict=True):
        is_met = value is condition.is_wanted
        vantage.judged(condition, value, holds=is_met)
        if isinstance(value, str):
            return Finding(Reason.CONTENT, f"the CEL '{condition.expression}' makes {value} of the body")
        if not is_met:
            matches = "matches" if value else "does not match"
            return Finding(Reason.CONTENT, f"body {matches} the CEL '{condition.expression}'")
    return None


class _Room:
    """Room for one more process, before ``deadline`` on the monotonic clock."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline
        self._room = _rooms.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(AT_ONCE))

    async def __aenter__(self) -> None:
        try:
            async with asyncio.timeout(self._deadline - time.monotonic()):
                await self._room.acquire()
        except TimeoutError:
            words = f"more than {AT_ONCE} bodies at once wait for CEL; spread the checks, or write assertions"
            raise ProbeError(Reason.RESOURCES, words) from None

    async def __aexit__(self, *_: object) -> None:
        self._room.release()


@lru_cache(maxsize=1024)
def check_cel(option: str, expression: str) -> None:
    """Return if this is an expression of CEL over ``body`` that can be true or false.

    Raises:
        ValueError: It is not, or CEL is not installed.
    """
    try:
        from cel_expr_python import cel
    except ImportError:
        raise ValueError(
            f"{option} needs the Python package cel-expr-python, which is not installed; install it, "
            "or write assertions: [{json: EXPRESSION, equals: VALUE}] with an expression of JMESPath"
        ) from None
    if not expression.strip() or len(expression) > LONGEST:
        raise ValueError(f"{option}: an expression has 1 to {LONGEST} characters")
    try:
        kind = cel.NewEnv(variables={"body": cel.Type.DYN}).compile(expression).return_type().name()
    except Exception as error:  # noqa: BLE001 - the library raises RuntimeError for all
        raise ValueError(f'{option}: "{expression[:60]}" is no expression of CEL: {_plain(error)}') from None
    if kind not in {"BOOL", "DYN"}:
        raise ValueError(f'{option}: "{expression[:60]}" is never true or false; compare it with something')


def _plain(error: Exception) -> str:
    """Return the first line of what the compiler says, without its own names for places and errors."""
    said = str(error).partition("\n")[0]
    return said.rpartition("<input>:")[2].removesuffix("[INVALID_ARGUMENT]").strip()[:200]
