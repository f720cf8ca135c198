"""Writes the agencies of the ready catalogue: ``python deploy/catalogue.py`` renews ``deploy/config/agencies``.

It is for those who keep the catalogue. An operator copies ``deploy/config`` once and edits the files.
"""

import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from monitor.demo.agencies import DemoAgency, agencies
from monitor.demo.connections import NEW_HUB, OLD_HUB
from monitor.demo.entry import Entry, Yaml
from monitor.demo.nation import National, nationals
from monitor.demo.offices import further, one_stop, platform
from monitor.demo.piece import Piece
from monitor.demo.text import text

HERE = Path(__file__).parent / "config" / "agencies"
HEADING = """\
# {name}
# Hosts, contacts and days are placeholders: put in yours, and delete what you do not look at.
"""
PLANNED, DUE = date(2026, 1, 1), date(2026, 12, 31)
"""Working dates; the second is that of Decree 278/2025."""

TEMPLATES: Mapping[str, str] = {
    "lgsp": "hub",
    "document-exchange": "hub",
    "secure-service": "service",
    "web-service": "service",
    "soap-service": "soap",
    "secure-adapter": "adapter",
    "records": "records",
}
"""How the ways in which systems of the nation answer are looked at; a greeting is the demonstration's alone."""
OFFICES: Mapping[str, str] = {
    "lgsp": "hub",
    "one-stop": "page",
    "documents": "page",
    "website": "page",
    "reports": "page",
    "operations-centre": "page",
}
"""How systems that every agency has are looked at."""

VDXP = "van-phong-chinh-phu/vdxp"
CONSUMERS: Mapping[str, str] = {VDXP: "documents", "van-phong-chinh-phu/reporting": "reports"}
"""Which system uses a national one; any other is used by the administrative procedures."""
BASIS: Mapping[str, str] = {
    "bo-cong-an/population-db": "Chỉ thị 34/CT-TTg ngày 16/9/2024",
    "bo-cong-an/eid": "Nghị định 278/2025/NĐ-CP",
    "bo-khoa-hoc-va-cong-nghe/emc": "Quyết định 58/QĐ-UBQGCĐTS ngày 19/4/2024",
    "van-phong-chinh-phu/reporting": "Quyết định 58/QĐ-UBQGCĐTS ngày 19/4/2024",
}
PROGRAMMES: Mapping[str, str] = {
    "bo-cong-an/population-db": "scheme-06",
    "bo-cong-an/eid": "national-data-centre",
    "bo-khoa-hoc-va-cong-nghe/emc": "emc",
    "van-phong-chinh-phu/reporting": "reporting",
}
"""What a connection to a national system counts for; an owner's own systems have to be connected as well."""
PROCEDURES = frozenset({"emc", "scheme-06"})
"""Those asked of agencies with administrative procedures, ministries and localities."""
THROUGH_NDOP = "bo-cong-an/eid"
"""The first connection that the National Data Centre takes over; the others follow by their due date."""
AVAILABILITY: Mapping[str, float] = {"bo-khoa-hoc-va-cong-nghe/dtm": 99}
"""In percent: at most 1 % of a year down (Circular 12/2025)."""


def catalogue() -> dict[str, str]:
    """Return the text of each file by its name."""
    everybody = agencies(56)
    return {f"{agency.id}.yaml": HEADING.format(name=_named(agency)) + _file(agency) for agency in everybody}


def _named(agency: DemoAgency) -> str:
    joined = f", with {' and '.join(agency.merged)} since 1 July 2025" if agency.merged else ""
    return f"{agency.name}{joined}"


def _file(agency: DemoAgency) -> str:
    codes = {key: value for key, value in (("code", agency.code), ("admin_code", agency.admin_code)) if value}
    about = {"id": agency.id, "class": agency.agency_class, **codes, "name": agency.name, "name_en": agency.name_en}
    sections: dict[str, Yaml] = {
        "agency": about,
        "contacts": {
            "truc-ban": {"name": "Trực ban", "name_en": "Duty desk", "email": f"truc-ban@{agency.id}.example"},
            "dau-moi": {
                "name": "Đầu mối chia sẻ dữ liệu",
                "name_en": "Data sharing desk",
                "email": f"dau-moi@{agency.id}.example",
            },
        },
        "systems": [*_national_systems(agency), *(_system(piece) for piece in _offices(agency))],
        "connections": list(_connections(agency)),
    }
    return "\n".join(text({key: section}) for key, section in sections.items())


def _offices(agency: DemoAgency) -> Iterator[Piece]:
    if _has_platform(agency):
        yield platform(agency)
        yield one_stop(agency)
    yield from further(agency)


def _has_platform(agency: DemoAgency) -> bool:
    """Tell whether it has an LGSP and administrative procedures: ministries and localities do."""
    return agency.agency_class != "government_agency"


def _national_systems(agency: DemoAgency) -> Iterator[Entry]:
    for national in nationals():
        if national.agency == agency.id:
            used = dict.fromkeys(TEMPLATES[name] for name in national.templates if name in TEMPLATES)
            yield _entry(national.piece(), list(used), AVAILABILITY.get(f"{agency.id}/{national.id}"))


def _system(piece: Piece) -> Entry:
    return _entry(piece, [OFFICES[piece.id]])


def _entry(piece: Piece, used: list[str], availability: float | None = None) -> Entry:
    """Return a system without what only its owner can say: security level, windows, programmes."""
    kept = {
        key: value for key, value in piece.facts.items() if key in {"kind", "name", "name_en", "owner", "zone", "tier"}
    }
    held: Entry = {"objective": {"availability": availability}} if availability else {}
    return {"id": piece.id, **kept, **held, "use": used, "vars": {"host": f"{piece.id}.{piece.agency}.example"}}


def _connections(agency: DemoAgency) -> Iterator[Entry]:
    for national in nationals():
        programme = PROGRAMMES.get(f"{national.agency}/{national.id}", "")
        is_for_it = agency.is_local or (national.for_all and (_has_platform(agency) or programme not in PROCEDURES))
        if national.short[0] and is_for_it and (programme or national.agency != agency.id):
            yield _connection(agency, national, programme)


def _connection(agency: DemoAgency, national: National, programme: str) -> Entry:
    provider = f"{national.agency}/{national.id}"
    path = _path(agency, provider)
    name = national.id.removesuffix("-db")
    entry: dict[str, Yaml] = {
        "id": f"own-{name}" if national.agency == agency.id else name,
        "name": f"{agency.title[0].upper()}{agency.title[1:]} khai thác dữ liệu {national.short[0]}",
        "name_en": f"{agency.name_en} uses {national.short[1]} data",
        "consumer": CONSUMERS.get(provider, "one-stop" if _has_platform(agency) else "documents"),
        "provider": provider,
        **({"via": list(path)} if path else {}),
        "owner": "dau-moi",
        "states": [{"state": "planned", "on": PLANNED}],
        "due": DUE,
    }
    entry |= {"legal_basis": BASIS[provider]} if provider in BASIS else {}
    entry |= {"programmes": [programme]} if programme else {}
    template, needed = _looks(agency, name, path)
    return {**entry, "use": [template], "vars": needed}


def _path(agency: DemoAgency, provider: str) -> tuple[str, ...]:
    if provider == VDXP:
        return ()
    if provider == THROUGH_NDOP:
        return (NEW_HUB,)
    return (f"{agency.id}/lgsp", OLD_HUB) if _has_platform(agency) else (OLD_HUB,)


def _looks(agency: DemoAgency, name: str, path: tuple[str, ...]) -> tuple[str, Entry]:
    """Return the template of the hub that is called first, and what it needs to know."""
    if not path:
        return "via-vdxp", {"agency": agency.id}
    hub = path[0].partition("/")[2]
    return f"via-{hub}", {"agency": agency.id, "service": name}


def main() -> None:
    """Write all files, and delete those of agencies that are no more."""
    HERE.mkdir(parents=True, exist_ok=True)
    files = catalogue()
    for gone in {path.name for path in HERE.glob("*.yaml")} - files.keys():
        (HERE / gone).unlink()
    for name, content in files.items():
        (HERE / name).write_text(content, "utf-8")
    sys.stdout.write(f"{len(files)} agencies in {HERE}\n")


if __name__ == "__main__":
    main()
