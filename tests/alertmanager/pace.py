"""Time that passes quicker: the deployed rules and routes with all their durations divided by one number.

Divided are ``interval``, ``for`` and ``keep_firing_for`` of rules, ranges and offsets in their expressions, and the
waits of routes. Nothing else of an expression is touched: numbers of seconds, such as the age of a certificate, are
compared to the clock and keep their meaning.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
DURATION = re.compile(r"(\d+)([smhdw])")
RANGE = re.compile(r"(?<=\[)\d+[smhdw](?=\])|(?<=\boffset )\d+[smhdw]")
OF_RULES = ("interval", "for", "keep_firing_for")
OF_ROUTES = ("group_wait", "group_interval", "repeat_interval")


@dataclass(frozen=True, slots=True)
class Pace:
    """How many times quicker than on a clock; 1 is what is deployed."""

    factor: int

    def quicker(self, duration: str) -> str:
        """Return a duration, divided."""
        return f"{seconds(duration) * 1000 // self.factor}ms"

    def within(self, limit: timedelta) -> float:
        """Return how many seconds on the clock a limit leaves."""
        return limit.total_seconds() / self.factor

    def rules(self, source: Path, target: Path) -> None:
        """Write a rule file, divided."""
        read = yaml.safe_load(source.read_text("utf-8"))
        for group in read["groups"]:
            self._divide(group, OF_RULES)
            for rule in group["rules"]:
                self._divide(rule, OF_RULES)
                rule["expr"] = RANGE.sub(lambda found: self.quicker(found[0]), rule["expr"])
        target.write_text(yaml.safe_dump(read, allow_unicode=True, sort_keys=False), "utf-8")

    def routes(self, file: Path) -> None:
        """Divide the waits of a configuration of Alertmanager, in place."""
        read = yaml.safe_load(file.read_text("utf-8"))
        routes = [read["route"]]
        for route in routes:
            self._divide(route, OF_ROUTES)
            routes += route.get("routes", ())
        file.write_text(yaml.safe_dump(read, allow_unicode=True, sort_keys=False), "utf-8")

    def _divide(self, holder: dict[str, Any], keys: tuple[str, ...]) -> None:
        holder |= {key: self.quicker(holder[key]) for key in keys if key in holder}


def seconds(duration: str) -> int:
    """Return how many seconds a duration of Prometheus's is."""
    number, unit = DURATION.fullmatch(duration).groups()
    return int(number) * UNITS[unit]
