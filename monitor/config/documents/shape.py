"""What all shapes share: strictness, and the scalars that only configuration has."""

import re
import unicodedata
from datetime import date, datetime, time
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict

from monitor.config.problem import suggestion
from monitor.config.wording import DAYS
from monitor.plugin.fields import Scalar
from monitor.plugin.quantities import shown

ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_TIME = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2})(:[0-9]{2})?", re.ASCII)


class Shape(BaseModel):
    """A mapping whose keys are known: no other key, and no value of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def read_id(value: object) -> str:
    """Return an id.

    Raises:
        ValueError: It is not one.
    """
    if isinstance(value, str) and _ID.fullmatch(value):
        return value
    plain = unicodedata.normalize("NFKD", value.lower().replace("đ", "d")) if isinstance(value, str) else ""
    near = re.sub(r"[^a-z0-9]+", "-", re.sub(r"[\u0300-\u036f]", "", plain)).strip("-")[:63]
    example = near if value != near and _ID.fullmatch(near) else "ha-noi"
    raise ValueError(f"{shown(value)} is not an id; write lower-case letters, digits and hyphens, such as {example}")


def read_days(value: object) -> frozenset[int]:
    """Return the days that ``sat``, ``mon-fri``, ``daily`` or a list of these stands for; 0 is Monday.

    Raises:
        ValueError: It is something else.
    """
    if isinstance(value, list) and value:
        return frozenset().union(*(read_days(one) for one in value if not isinstance(one, list)))
    if value == "daily":
        return frozenset(range(7))
    first, dash, last = value.partition("-") if isinstance(value, str) else ("", "", "")
    if first in DAYS and (last in DAYS or not dash):
        start, end = DAYS.index(first), DAYS.index(last or first)
        return frozenset(day % 7 for day in range(start, end + 1 if end >= start else end + 8))
    word = value.lower() if isinstance(value, str) else ""
    near = suggestion(word[:3] if word[:3] in DAYS else word, (*DAYS, "daily", "mon-fri"))
    raise ValueError(f"{shown(value)} is not a day{near or '; write sat, [sat, sun], mon-fri or daily'}")


def read_time(value: object) -> time:
    """Return a time of day; ``24:00`` is midnight, like ``00:00``.

    Raises:
        ValueError: It is something else.
    """
    matched = _TIME.fullmatch(value) if isinstance(value, str) else None
    if matched is None or (matched[1] == "24" and matched[2] != "00"):
        raise ValueError(f'{shown(value)} is not a time of day; write "22:00"')
    return time(int(matched[1]) % 24, int(matched[2]))


def read_date(value: object) -> date:
    """Return a day.

    Raises:
        ValueError: It is something else, or a day that no calendar has.
    """
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"{shown(value)} is not a date; write 2026-05-04")


def read_moment(value: object) -> datetime:
    """Return a moment in local time, without its time zone.

    Raises:
        ValueError: It is something else, or a moment that no calendar has.
    """
    try:
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            return datetime.fromisoformat(value)  # the zone is another setting
    except ValueError:
        pass
    raise ValueError(f"{shown(value)} is not a moment; write 2026-05-04 22:00")


def read_network(value: object) -> IPv4Network | IPv6Network:
    """Return a network.

    Raises:
        ValueError: It is not one, or has bits beyond its prefix.
    """
    if not isinstance(value, str):
        raise ValueError(f"{shown(value)} is not a network; write 10.0.0.0/8 or 2001:db8::/32")  # noqa: TRY004
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"{shown(value)} is not a network; write 10.0.0.0/8 or 2001:db8::/32") from None
    if "/" in value and not value.startswith(f"{network.network_address}/") and str(network) != value.lower():
        raise ValueError(f"{shown(value)} is an address inside a network; write {network}")
    return network


def _text(read: Any, **schema: Any) -> Scalar:
    return Scalar(read, {"type": "string", **schema})


Id = Annotated[str, _text(read_id, pattern=ID_PATTERN)]
Days = Annotated[frozenset[int], Scalar(read_days, {"examples": ["sat", "mon-fri", "daily", ["sat", "sun"]]})]
TimeOfDay = Annotated[time, _text(read_time, pattern=r"^([01][0-9]|2[0-4]):[0-5][0-9]$")]
Day = Annotated[date, _text(read_date, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Network = Annotated[IPv4Network | IPv6Network, _text(read_network)]
