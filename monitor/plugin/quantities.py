"""Reads lengths of time and sizes as people write them."""

import re
from datetime import timedelta
from functools import lru_cache

UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
UNIT_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
LONGEST = timedelta(days=36_500)
DURATION_PATTERN = r"^([0-9]{1,9}(\.[0-9]{1,6})?(ms|d|h|m|s))+$"
SIZE_PATTERN = r"^[0-9]{1,12}(B|KiB|MiB|GiB)$"

_PART = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|d|h|m|s)", re.ASCII)
_DURATION = re.compile(DURATION_PATTERN.replace("$", r"\Z"), re.ASCII)
_SIZE = re.compile(r"([0-9]{1,12})(B|KiB|MiB|GiB)", re.ASCII)


def shown(value: object) -> str:
    """Return a value of the configuration as a message quotes it: on one line, and not long."""
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = f'"{value}"' if isinstance(value, str) else str(value)
    text = "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text[:100])
    return text if len(text) <= 60 else f"{text[:57]}…"


def read_duration(value: object) -> timedelta:
    """Return ``30s``, ``5m``, ``2h``, ``1d``, ``500ms`` or several of them together, ``1h30m``, the largest first.

    Raises:
        ValueError: It is something else, or not more than nothing.
    """
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not a duration; write 30s, 5m, 2h or 1d")  # noqa: TRY004 - for the operator
    return _duration(value)


def read_size(value: object) -> int:
    """Return the bytes that ``512B``, ``64KiB``, ``1MiB`` or ``2GiB`` stands for.

    Raises:
        ValueError: It is something else, or nothing.
    """
    matched = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if matched is None:
        raise ValueError(f"{shown(value)} is not a size; write 512B, 64KiB, 1MiB or 2GiB")
    size = int(matched[1]) * UNIT_BYTES[matched[2]]
    if not size:
        raise ValueError(f"{shown(value)} is no size at all; a size must be positive")
    return size


def written_duration(duration: timedelta) -> str:
    """Return a duration as configuration writes it."""
    rest = round(duration.total_seconds() * 1000)
    text = ""
    for unit, milliseconds in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, rest = divmod(rest, milliseconds)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def written_size(size: int) -> str:
    """Return a size as configuration writes it."""
    unit = next(unit for unit, count in reversed(UNIT_BYTES.items()) if size % count == 0)
    return f"{size // UNIT_BYTES[unit]}{unit}"


@lru_cache(maxsize=1024)
def _duration(value: str) -> timedelta:
    if value.startswith("-") and _DURATION.match(value[1:]):
        raise ValueError(f"{shown(value)} is less than nothing; a duration must be positive")
    if len(value) > 64 or not _DURATION.match(value):
        raise ValueError(f"{shown(value)} is not a duration; write 30s, 5m, 2h or 1d")
    parts = _PART.findall(value)
    units = [UNIT_SECONDS[unit] for _, unit in parts]
    if sorted(set(units), reverse=True) != units:
        raise ValueError(f"{shown(value)} is not a duration; write each unit once, the largest first, as in 1h30m")
    seconds = sum(float(count) * unit for (count, _), unit in zip(parts, units, strict=True))
    if seconds > LONGEST.total_seconds():
        raise ValueError(f"{shown(value)} is longer than 100 years")
    duration = timedelta(seconds=seconds)
    if not duration:
        raise ValueError(f"{shown(value)} is no time at all; a duration must be positive")
    return duration
