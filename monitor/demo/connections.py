"""The connections between agencies and national systems: their path, their stage, their due date."""

import random
from datetime import date, timedelta

from monitor.demo.agencies import DemoAgency
from monitor.demo.entry import Entry, Yaml
from monitor.demo.nation import National
from monitor.demo.piece import Piece

OLD_HUB = "bo-khoa-hoc-va-cong-nghe/ndxp"
NEW_HUB = "bo-cong-an/ndop"
STAGES = ("requested", "approved", "testing", "live")
BASIS = ("Nghị định 278/2025/NĐ-CP", "Nghị định 194/2025/NĐ-CP")


def connection(
    agency: DemoAgency, national: National, hubs: frozenset[str], today: date, seed: int, *, is_late: bool
) -> Piece:
    """Return an agency's connection to a national system.

    A path leads only through ``hubs``, those there are; one that ``is_late`` is past its due date and not live.
    """
    rng = random.Random(f"{seed} {agency.id} {national.id}")  # noqa: S311
    stages = _stages(rng, today, is_late=is_late)
    is_live = stages[-1]["state"] == "live"
    due = today - timedelta(days=38) if is_late else today + timedelta(days=rng.randrange(20, 300))
    path = (f"{agency.id}/lgsp", rng.choice((OLD_HUB, OLD_HUB, NEW_HUB)))
    via = tuple(hub for hub in path if hub in hubs and hub != f"{national.agency}/{national.id}")
    facts: dict[str, Yaml] = {
        "name": f"{agency.title[0].upper()}{agency.title[1:]} khai thác dữ liệu {national.short[0]}",
        "name_en": f"{agency.name_en} uses {national.short[1]} data",
        "consumer": "one-stop",
        "owner": "dau-moi",
        "states": stages,
        "due": due,
        "legal_basis": rng.choice(BASIS),
        "expected_calls_per_day": rng.choice((400, 1200, 3000, 12000, 45000)) if is_live else 100,
        "objective": {"availability": 99.0, "latency": {"p95": "2s"}},
    }
    if is_live and rng.random() < 0.3:
        facts["service_hours"] = {"days": "mon-fri", "from": "07:00", "to": "18:00"}
    return Piece(
        agency=agency.id,
        id=national.id.removesuffix("-db"),
        templates=("connection",),
        facts=facts,
        provider=f"{national.agency}/{national.id}",
        via=via,
    )


def _stages(rng: random.Random, today: date, *, is_late: bool) -> list[Entry]:
    """Return the stages reached so far, about nine in ten connections being live."""
    reached = 3 if is_late else 4 if rng.random() < 0.9 else rng.randrange(1, 4)
    first = today - timedelta(days=rng.randrange(200, 420))
    return [{"state": stage, "on": first + timedelta(days=45 * step)} for step, stage in enumerate(STAGES[:reached])]
