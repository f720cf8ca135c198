"""How agencies and targets are called, in both languages."""

from monitor.inventory import Agency, Connection, Inventory, System, Target
from monitor.web.pages.markup import Markup, element
from monitor.web.pages.words import Language


def both_names(names: tuple[str, str], language: Language) -> list[Markup]:
    """Return a Vietnamese and an English name, the reader's language first."""
    order = [(names[0], Language.VI), (names[1], Language.EN)]
    if language is Language.EN:
        order.reverse()
    there = [(name, lang) for name, lang in order if name]
    return [
        element("span", name, class_="name" if place == 0 else "othername", lang=str(lang))
        for place, (name, lang) in enumerate(there)
        if place == 0 or name != there[0][0]
    ]


def agency_names(agency: Agency) -> tuple[str, str]:
    """Return the names of an agency, or its id."""
    return (agency.name or agency.id, agency.name_en)


def target_names(target: Target | None, inventory: Inventory, fallback: str) -> tuple[str, str]:
    """Return the names of a target; a connection without one is called after its two ends."""
    if isinstance(target, System):
        return (target.name or fallback, target.name_en)
    if isinstance(target, Connection) and not (target.name or target.name_en):
        ends = [_end_names(str(end), inventory) for end in (target.consumer, target.provider)]
        return (f"{ends[0][0]} → {ends[1][0]}", f"{ends[0][1]} → {ends[1][1]}")
    if isinstance(target, Connection):
        return (target.name, target.name_en)
    return (fallback, "")


def _end_names(end: str, inventory: Inventory) -> tuple[str, str]:
    found = inventory.systems.get(end) or inventory.agencies.get(end)  # type: ignore[call-overload]
    return (found.name or end, found.name_en or found.name or end) if found else (end, end)
