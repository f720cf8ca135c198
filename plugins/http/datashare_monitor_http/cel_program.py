"""The program that evaluates CEL on one body and ends: run with a file as its input, and within limits of its own.

Input: a line of JSON with the expressions, then the body. Arguments: the folder of the CEL library, and the most bytes
of memory and seconds of processor time. Output: JSON; for each expression ``true``, ``false`` or a word for what is
wrong, or one text for a body that cannot be read. It imports nothing of ours, so that it starts in a few milliseconds.
"""

import json
import os
import resource
import sys

TYPE_CHECKING = False  # typing's own would double what it takes to start
if TYPE_CHECKING:
    from typing import Any

OUT_OF_MEMORY = 3
BUDGET = "Iteration budget"


def main() -> None:
    """Evaluate."""
    memory_bytes, cpu_seconds = map(int, sys.argv[2:])
    for which, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_seconds),
    ):
        hard = resource.getrlimit(which)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (bound, bound))
    sys.path.append(sys.argv[1])
    sys.modules["google"] = None  # type: ignore[assignment] # or the library would read in protobuf, where there is one
    expressions = json.loads(sys.stdin.buffer.readline())
    try:
        print(json.dumps(answers(expressions, sys.stdin.buffer.read())), flush=True)  # noqa: T201 - its output
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    os._exit(0)  # nothing is left to tidy up


def answers(expressions: list[str], text: bytes) -> list[bool | str] | str:
    """Return what each expression makes of a body, or why the body cannot be read."""
    from cel_expr_python import cel

    try:
        # Go reads every number as a double, and so do the expressions that were written for it.
        body = json.loads(text, parse_int=number, parse_float=number, parse_constant=number)
    except json.JSONDecodeError as error:
        return f"{error.msg.lower()} at character {error.pos}"
    except RecursionError:
        return "it is nested too deeply"
    except ValueError as error:
        return "it is not in Unicode" if isinstance(error, UnicodeError) else "it holds a number that is none"
    environment = cel.NewEnv(variables={"body": cel.Type.DYN})
    return [answer(environment, one, body) for one in expressions]


def answer(environment: "Any", expression: str, body: "Any") -> bool | str:
    """Return what an expression makes of a body: a truth value, or a word for what is wrong. No word is the body's."""
    try:
        found = environment.compile(expression).eval(data={"body": body})
        kind = found.type().name()
        if kind == "BOOL":
            return bool(found.value())
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the library meets a hostile document
        return "more steps than are allowed" if BUDGET in str(error) else "an error"
    return "an error" if kind == "ERROR" else "no truth value"


def number(text: str) -> float:
    """Return a number of JSON.

    Raises:
        ValueError: It is none, or too large for a double.
    """
    value = float(text)
    if value - value != 0:
        raise ValueError("no number of JSON")
    return value


if __name__ == "__main__":
    main()
