"""Values of a configuration as text: the same for equal values in every process, and near to how files write them."""

from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from monitor.inventory import Confirm, OneOffWindow, ServiceHours, StageChange, WeeklyWindow
from monitor.plugin.addresses import HostPort
from monitor.plugin.pattern import Pattern
from monitor.plugin.quantities import written_duration
from monitor.plugin.secret import Secret

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

SPOKEN = str | int | float | IPv4Address | IPv6Address | IPv4Network | IPv6Network | HostPort | Pattern
"""Their own text says all."""
LEAVES = WeeklyWindow | OneOffWindow | ServiceHours | StageChange | Confirm | HostPort | Pattern | Secret
"""Dataclasses that are read as one value."""


def worded(value: object) -> str:
    """Return a value as one line of text; a secret as the reference that it is."""
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, SPOKEN):
        return str(value)
    if isinstance(value, timedelta):
        return written_duration(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}".removesuffix(":00")
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return _window(value) or _several(value)


def days(found: Collection[int]) -> str:
    """Return days of the week as files write them; 0 is Monday."""
    if len(found) == len(DAYS):
        return "daily"
    first, last = min(found), max(found)
    if len(found) > 2 and len(found) == last - first + 1:
        return f"{DAYS[first]}-{DAYS[last]}"
    return ", ".join(DAYS[day] for day in sorted(found))


def _window(value: object) -> str:
    if isinstance(value, WeeklyWindow):
        return f"{days(value.days)} from {worded(value.start)} for {worded(value.length)}"
    if isinstance(value, OneOffWindow):
        return f"{worded(value.start)} for {worded(value.length)}"
    if isinstance(value, ServiceHours):
        return f"{days(value.days)} from {worded(value.start)} to {worded(value.end)}"
    if isinstance(value, StageChange):
        return f"{value.stage} on {value.on}"
    return f"down {value.down}, up {value.up}" if isinstance(value, Confirm) else ""


def _several(value: object) -> str:
    if isinstance(value, set | frozenset):
        return ", ".join(sorted(map(worded, value)))
    if isinstance(value, list | tuple):
        return ", ".join(":".join(map(worded, one)) if isinstance(one, tuple) else worded(one) for one in value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {worded(one)}" for key, one in sorted(value.items())) + "}"
    if is_dataclass(value) and not isinstance(value, type):
        inner = {declared.name: getattr(value, declared.name, None) for declared in fields(value)}
        return worded({name: one for name, one in inner.items() if one is not None})
    return f"a {type(value).__name__}"  # its repr() may hold an address in memory, another one in every process
