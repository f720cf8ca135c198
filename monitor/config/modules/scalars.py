"""Scalars as Go's YAML library and blackbox_exporter's types take them."""

import re
from typing import Annotated, Literal

from monitor.plugin.fields import Scalar
from monitor.plugin.quantities import shown

NANOSECONDS = {
    "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
}  # fmt: skip
PERIOD = re.compile(r"([0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})(ns|us|µs|μs|ms|s|m|h)")
SIZE = re.compile(r"([0-9]{1,12}(?:\.[0-9]{0,6})?)([KMGTPE]i?B|B)")
POWERS = {letter: 1024**power for power, letter in enumerate("BKMGTPE")}
LONGEST_SECONDS = 3600.0
YES = frozenset({"yes", "Yes", "YES", "on", "On", "ON", "y", "Y"})
NO = frozenset({"no", "No", "NO", "off", "Off", "OFF", "n", "N"})


def read_text(value: object) -> str:
    """Return a text; Go takes a number without quotes for one, too.

    Raises:
        ValueError: It is something else, or a number that may have been written in another way than it is kept.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, dict | list):
        raise ValueError(f"{shown(value)} is written here; this must be text")  # noqa: TRY004 - for the operator
    raise ValueError(f"{shown(value)} is not text; put quotes around it")


def read_flag(value: object) -> bool:
    """Return a truth value; Go takes YAML 1.1's words for it, too.

    Raises:
        ValueError: It is something else.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in YES | NO:
        return value in YES
    raise ValueError(f"{shown(value)} is not a truth value; write true or false")


def read_period(value: object) -> float:
    """Return the seconds of a Go duration, such as ``5s``, ``1m30s`` or ``0.5s``.

    Raises:
        ValueError: It is something else, less than nothing, or longer than an hour.
    """
    if value in ("0", 0) and not isinstance(value, bool):
        return 0.0
    if isinstance(value, str) and value.startswith("-"):
        raise ValueError(f"{shown(value)} is less than nothing; a timeout must be positive")
    parts = PERIOD.findall(value) if isinstance(value, str) and len(value) <= 64 else []
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise ValueError(f"{shown(value)} is not a duration of Go's; write 500ms, 5s or 1m30s")
    seconds = sum(float(number) * NANOSECONDS[unit] for number, unit in parts) / 1e9
    if seconds > LONGEST_SECONDS:
        raise ValueError(f"{shown(value)} is longer than an hour")
    return seconds


def read_bytes(value: object) -> int:
    """Return the bytes of a size such as ``512B``, ``64KB`` or ``10MiB``; all units are powers of 1024. 0 is no limit.

    Raises:
        ValueError: It is something else.
    """
    if value in ("0", 0) and not isinstance(value, bool):
        return 0
    parts = SIZE.findall(value) if isinstance(value, str) and len(value) <= 64 else []
    if not parts or "".join(number + unit for number, unit in parts) != value:
        raise ValueError(f"{shown(value)} is not a size; write 512B, 64KB or 10MB")
    return int(sum(float(number) * POWERS[unit[0]] for number, unit in parts))


def read_family(value: object) -> str:
    """Return ``ip4``, ``ip6`` or nothing; blackbox_exporter takes every other word for ip4.

    Raises:
        ValueError: It is another word.
    """
    if value in ("", "ip4", "ip6"):
        return str(value)
    raise ValueError(f"{shown(value)} is not a family of addresses; write ip4 or ip6")


Text = Annotated[str, Scalar(read_text, {"type": "string"})]
Flag = Annotated[bool, Scalar(read_flag, {"type": "boolean"})]
Period = Annotated[float, Scalar(read_period, {"type": "string", "examples": ["5s", "1m30s"]})]
Bytes = Annotated[int, Scalar(read_bytes, {"type": "string", "examples": ["64KB", "10MB"]})]
Family = Annotated[str, Scalar(read_family, {"type": "string", "enum": ["ip4", "ip6"]})]
TlsVersion = Literal["", "TLS10", "TLS11", "TLS12", "TLS13"]
