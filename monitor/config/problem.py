"""What is wrong with a configuration: where, what, and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, or, when ``is_error`` is false, one that the operator should know.

    Attributes:
        file: Relative to the configuration directory.
        line: From 1; 0 when the problem is the file itself.
        column: From 1.
        path: The keys that lead there, such as ``systems[0].checks[1].with.max_age``.
    """

    file: str
    line: int = 0
    column: int = 0
    path: str = ""
    message: str
    is_error: bool = True

    @property
    def place(self) -> str:
        """``file:line:column path``, as far as they are known."""
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return printable(f"{where} {self.path}" if self.path else where)

    @property
    def one_line(self) -> str:
        """The problem for a log."""
        return f"{self.place}  {printable(self.message)}"

    def __str__(self) -> str:
        mark = "" if self.is_error else "warning: "
        return f"{self.place}\n  {mark}{printable(self.message)}"


def printable(text: str) -> str:
    """Return text that moves no cursor and hides nothing on a terminal."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems by file and line, each once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda one: (one.file, one.line, one.column, one.path)))


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean "…"?`` for the nearest of the known words, or nothing."""
    words = {one.casefold(): one for one in known}
    near = get_close_matches(word[:100].casefold(), words, n=1, cutoff=0.6)
    return f'; did you mean "{words[near[0]]}"?' if near else ""


def listed(names: Iterable[str], most: int = 12) -> str:
    """Return names in order, the first few of them."""
    ordered = sorted(names)
    rest = f" and {len(ordered) - most} more" if len(ordered) > most else ""
    return ", ".join(ordered[:most]) + rest if ordered else "none"
