"""Performance data of the Nagios plugin API: ``'label'=value[UOM];[warn];[crit];[min];[max]``, space separated.

https://www.monitoring-plugins.org/doc/guidelines.html has the grammar. The text comes from a program: it is read in
one pass, whatever stands in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_ITEMS = 1000
LONGEST = 500
"""Characters of one item; a longer one is not looked at."""

NUMBER = r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
VALUE = re.compile(rf"({NUMBER})([^0-9;]*)", re.ASCII)
RANGE = re.compile(rf"@?(?:(~|{NUMBER})?(:))?({NUMBER})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Range:
    """A threshold: bounds outside of which, or with ``@`` inside of which, the program raises the alarm.

    Attributes:
        low: None when it has none; the zero that ``10`` implies is none.
        high: None when it has none.
    """

    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One label and its value.

    Attributes:
        value: None when the program could not determine it (``U``).
        unit: As written; the thresholds have it too.
    """

    label: str
    value: float | None
    unit: str = ""
    warning: Range = Range()
    critical: Range = Range()
    minimum: float | None = None
    maximum: float | None = None


def items(perfdata: str) -> Iterator[Item]:
    """Yield the items of a line; what cannot be read is left out."""
    position, count = 0, 0
    while position < len(perfdata) and count < MOST_ITEMS:
        if perfdata[position].isspace():
            position += 1
            continue
        label, position = _label(perfdata, position)
        end = perfdata.find(" ", position)
        end = len(perfdata) if end < 0 else end
        found = _item(label, perfdata[position:end]) if end - position <= LONGEST else None
        position, count = end, count + 1
        if found is not None:
            yield found


def _label(text: str, start: int) -> tuple[str, int]:
    """Return the label that begins at a place, and where its value begins."""
    if text[start] != "'":
        end = next((at for at in (text.find(mark, start) for mark in "= ") if at >= 0), len(text))
        space = text.find(" ", start, end)
        return (text[start:end], end + 1) if space < 0 else ("", space)
    end = start + 1
    while (end := text.find("'", end)) >= 0 and text[end + 1 : end + 2] == "'":
        end += 2
    if end < 0 or text[end + 1 : end + 2] != "=":
        space = text.find(" ", len(text) if end < 0 else end)
        return "", len(text) if space < 0 else space
    return text[start + 1 : end].replace("''", "'"), end + 2


def _item(label: str, written: str) -> Item | None:
    value, *rest = written.split(";")
    warning, critical, minimum, maximum = (*rest, "", "", "", "")[:4]
    found = VALUE.fullmatch(value)
    if not label or (found is None and value != "U"):
        return None
    return Item(
        label=label,
        value=float(found[1]) if found else None,
        unit=found[2] if found else "",
        warning=_range(warning),
        critical=_range(critical),
        minimum=_number(minimum),
        maximum=_number(maximum),
    )


def _range(written: str) -> Range:
    found = RANGE.fullmatch(written)
    if found is None:
        return Range()
    low = None if found[1] in {None, "~"} else float(found[1])
    return Range(low, None if found[3] is None else float(found[3]))


def _number(written: str) -> float | None:
    return float(written) if re.fullmatch(NUMBER, written, re.ASCII) else None
