"""The systems of the nation: hubs, national databases and the systems everybody reports to."""

from dataclasses import dataclass
from importlib.resources import files

import yaml

from monitor.demo.entry import Entry
from monitor.demo.piece import Piece


@dataclass(frozen=True, slots=True, kw_only=True)
class National:
    """One national system.

    Attributes:
        short: What a connection to it is called, in Vietnamese and in English; empty when nobody has one.
        for_all: Whether central agencies use it too, not only provinces and cities.
    """

    agency: str
    id: str
    kind: str
    name: str
    name_en: str
    templates: tuple[str, ...]
    tier: int
    short: tuple[str, str] = ("", "")
    for_all: bool = False

    def piece(self) -> Piece:
        """Return it as part of the country."""
        facts: Entry = {
            "kind": self.kind,
            "name": self.name,
            "name_en": self.name_en,
            "owner": "truc-ban",
            "zone": "tslcd",
            "security_level": 5 - self.tier,
            "tier": self.tier,
        }
        return Piece(agency=self.agency, id=self.id, templates=self.templates, facts=facts)


def nationals() -> tuple[National, ...]:
    """Return them all; those that matter most stand first."""
    listed = yaml.safe_load((files("monitor.demo") / "nation.yaml").read_text("utf-8"))["systems"]
    return tuple(
        National(
            agency=entry["id"].partition("/")[0],
            id=entry["id"].partition("/")[2],
            kind=entry["kind"],
            tier=entry["tier"],
            name=entry["name"],
            name_en=entry["name_en"],
            templates=tuple(entry["templates"]),
            short=tuple(entry.get("short", ("", ""))),
            for_all=entry.get("all", False),
        )
        for entry in listed
    )
