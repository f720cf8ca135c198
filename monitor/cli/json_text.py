"""JSON for a machine that a person may see, too."""

import json

from monitor.sinks.printable import UNSAFE


def json_text(value: object, *, indent: int | None = 2) -> str:
    """Return a value as JSON in which whatever would move a terminal's cursor, or is no UTF-8, is written out."""
    lines = json.dumps(value, indent=indent, ensure_ascii=False).split("\n")
    return "\n".join(UNSAFE.sub(lambda unsafe: json.dumps(unsafe[0])[1:-1], line) for line in lines)
