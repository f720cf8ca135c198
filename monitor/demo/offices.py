"""The systems of each agency, and the many of its communes."""

from collections.abc import Iterator
from itertools import count

from monitor.demo.agencies import DemoAgency
from monitor.demo.entry import Entry
from monitor.demo.piece import Piece
from monitor.demo.styles import TEMPLATES


def platform(agency: DemoAgency) -> Piece:
    """Return the agency's data sharing platform."""
    name = f"Nền tảng tích hợp, chia sẻ dữ liệu của {agency.title}"
    weekend: Entry = {"maintenance": [{"every": "sun", "from": "01:00", "for": "3h"}]}
    facts = _facts("hub", name, f"{agency.name_en} data sharing platform (LGSP)", tier=2)
    return Piece(agency=agency.id, id="lgsp", templates=("lgsp",), facts={**facts, **weekend})


def one_stop(agency: DemoAgency) -> Piece:
    """Return the agency's administrative-procedure system."""
    name = f"Hệ thống thông tin giải quyết thủ tục hành chính của {agency.title}"
    facts = _facts("administrative_procedure", name, f"{agency.name_en} administrative procedure system", tier=2)
    return Piece(agency=agency.id, id="one-stop", templates=("adapter",), facts={**facts, "programmes": ["emc"]})


def data_centre(agency: DemoAgency) -> Piece:
    """Return the agency's data centre."""
    facts = _facts("other", f"Trung tâm dữ liệu của {agency.title}", f"{agency.name_en} data centre", tier=2)
    return Piece(agency=agency.id, id="data-centre", templates=("data-centre",), facts=facts)


def further(agency: DemoAgency) -> Iterator[Piece]:
    """Yield what else an agency has."""
    name, name_en = agency.title, agency.name_en
    yield Piece(
        agency=agency.id,
        id="documents",
        templates=("document-exchange",),
        facts=_facts("document", f"Hệ thống quản lý văn bản và điều hành của {name}", f"{name_en} document system"),
    )
    yield Piece(
        agency=agency.id,
        id="website",
        templates=("name",),
        facts=_facts("portal", f"Cổng thông tin điện tử của {name}", f"{name_en} web portal", zone="internet"),
    )
    yield Piece(
        agency=agency.id,
        id="reports",
        templates=("records",),
        facts=_facts("reporting", f"Hệ thống thông tin báo cáo của {name}", f"{name_en} reporting system"),
    )
    if agency.is_local:
        yield Piece(
            agency=agency.id,
            id="operations-centre",
            templates=("greeting",),
            facts=_facts("operations_centre", f"Trung tâm điều hành thông minh của {name}", f"{name_en} operations"),
        )


def communes(agencies: tuple[DemoAgency, ...]) -> Iterator[Piece]:
    """Yield desks of communes without end, one agency after the other, to fill up a large country."""
    for number in count(1):
        for agency in agencies:
            facts: Entry = {"kind": "administrative_procedure", "name": f"Bộ phận Một cửa xã số {number}"}
            yield Piece(agency=agency.id, id=f"commune-{number:04}", templates=("commune",), facts=facts, is_crowd=True)


def last(agency: DemoAgency, missing: int) -> Iterator[Piece]:
    """Yield fewer checks than a commune has, so that the number of checks is exact."""
    assert missing < len(TEMPLATES["commune"].styles)  # noqa: S101
    for number in range(1, missing + 1):
        facts: Entry = {"kind": "other", "name": f"Dịch vụ dữ liệu số {number}"}
        yield Piece(agency=agency.id, id=f"service-{number}", templates=("web-service",), facts=facts, is_crowd=True)


def _facts(kind: str, name: str, name_en: str, *, tier: int = 3, zone: str = "tslcd") -> Entry:
    return {
        "kind": kind,
        "name": name,
        "name_en": name_en,
        "owner": "truc-ban",
        "zone": zone,
        "security_level": 4 - tier + 1,
        "tier": tier,
    }
