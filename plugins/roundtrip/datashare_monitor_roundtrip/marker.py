"""Marks of synthetic records: they tell whose record it is and from when, so that a later run finds what was left.

``datashare-monitor-`` and 20 hexadecimal digits: 4 for what the check is told to do, 8 for the second in which the run
began, 8 by chance.
"""

import re
import secrets
from datetime import UTC, datetime
from hashlib import blake2b

PREFIX = "datashare-monitor-"
FORM = re.compile(rf"{PREFIX}([0-9a-f]{{4}})([0-9a-f]{{8}})[0-9a-f]{{8}}", re.ASCII)


def family_of(*instructions: object) -> str:
    """Return what marks of checks with the same instructions have in common."""
    return blake2b(repr(instructions).encode(), digest_size=2).hexdigest()


def new_marker(family: str, now: datetime) -> str:
    """Return a mark that no other record has."""
    return f"{PREFIX}{family}{int(now.timestamp()) & 0xFFFFFFFF:08x}{secrets.token_hex(4)}"


def began(marker: object, family: str) -> datetime | None:
    """Return when the run began that wrote a mark; None for what is no mark of this family."""
    found = FORM.fullmatch(marker) if isinstance(marker, str) else None
    return datetime.fromtimestamp(int(found[2], 16), UTC) if found is not None and found[1] == family else None
