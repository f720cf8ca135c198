"""The agencies of the demonstration, as the package's own list holds them."""

from dataclasses import dataclass
from importlib.resources import files

import yaml

OWNERS = (
    "bo-cong-an",
    "bo-khoa-hoc-va-cong-nghe",
    "van-phong-chinh-phu",
    "bo-tai-chinh",
    "bo-nong-nghiep-va-moi-truong",
    "bo-tu-phap",
    "bo-noi-vu",
)
"""Those that own the national systems, which everybody else needs."""

PLACES = {"province": ("tỉnh", "province"), "city": ("thành phố", "city")}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAgency:
    """One agency.

    Attributes:
        code: Level-1 identification code; empty for a province or city.
        admin_code: Code of the administrative unit; empty for a central agency.
        merged: Names of the provinces that joined it on 1 July 2025.
    """

    id: str
    agency_class: str
    name: str
    name_en: str
    code: str = ""
    admin_code: str = ""
    merged: tuple[str, ...] = ()

    @property
    def is_local(self) -> bool:
        """Whether it is a province or a city."""
        return self.agency_class in PLACES

    @property
    def title(self) -> str:
        """The name as it stands inside a Vietnamese sentence: ``tỉnh Cao Bằng``."""
        place = PLACES.get(self.agency_class, ("", ""))[0]
        return self.name if not place or self.name.lower().startswith(place) else f"{place} {self.name}"


def agencies(count: int) -> tuple[DemoAgency, ...]:
    """Return ``count`` agencies: owners of national systems first, then local and central ones in turn.

    Raises:
        ValueError: There are not so many.
    """
    listed = yaml.safe_load((files("monitor.demo") / "agencies.yaml").read_text("utf-8"))["agencies"]
    known = {
        entry["id"]: DemoAgency(agency_class=entry.pop("class"), merged=tuple(entry.pop("merged", ())), **entry)
        for entry in listed
    }
    if not 1 <= count <= len(known):
        raise ValueError(f"{count} agencies: the country has 1 to {len(known)}")
    owners = [known.pop(owner) for owner in OWNERS]
    central = [agency for agency in known.values() if not agency.is_local]
    local = [agency for agency in known.values() if agency.is_local]
    turns = [*(each for pair in zip(local, central, strict=False) for each in pair), *local[len(central) :]]
    return tuple([*owners, *turns][:count])
