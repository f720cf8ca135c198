"""``/api/v1/programmes``: what is asked from above, and how far it has come."""

from aiohttp import web

from monitor.inventory import Inventory, Programme, ProgrammeId
from monitor.judge.coverage import Coverage, MemberCoverage, Membership, census, coverage
from monitor.judge.pace import Pace
from monitor.web.listing import after, breathing, no_parameters, page, take
from monitor.web.record import Json
from monitor.web.refusal import RefusedError
from monitor.web.resemblance import nearest
from monitor.web.running import RUNNING, Running


async def programmes(request: web.Request) -> web.Response:
    """Answer with a page of programmes in the order of their ids."""
    running = request.app[RUNNING]
    asked = page(request.query, ())
    there = running.inventory().programmes
    found, more = await take(after(sorted(there), asked.after), asked.limit, lambda _: True)
    items: list[Json] = []
    async for one in breathing(found):
        programme = there[ProgrammeId(one)]
        items.append(summary_json(programme, covered(programme, running)))
    return web.json_response({"programmes": items, "next": found[-1] if more else None})


async def programme(request: web.Request) -> web.Response:
    """Answer with all that is known of one programme, member by member."""
    no_parameters(request.query)
    running = request.app[RUNNING]
    found = find_programme(request, running.inventory())
    counted = covered(found, running)
    return web.json_response(
        {
            **summary_json(found, counted),
            "members": [member_json(one) for one in counted.members] if counted else [],
            "reports": [
                {"member": one.member or None, "value": one.value, "on": one.on.isoformat(), "source": one.source}
                for one in found.reports
            ],
        }
    )


def covered(programme: Programme, running: Running) -> Coverage | None:
    """Return how far a programme has come by now; None when it does not say of whom it asks what."""
    inventory = running.inventory()
    today = running.clock.now().astimezone(inventory.time_zone).date()
    return coverage(programme, census(programme, inventory), running.state, today, running.counted(programme.id))


def summary_json(programme: Programme, found: Coverage | None) -> dict[str, Json]:
    """Return a programme as it stands in a list; numbers are null while nothing is known."""
    names = [one.seat.id for one in found.members if one.membership is Membership.MISSING] if found else []
    return {
        "id": programme.id,
        "name": programme.name,
        "name_en": programme.name_en,
        "source": programme.source,
        "goal_ratio": programme.goal,
        "deadline": None if programme.deadline is None else programme.deadline.isoformat(),
        "required": found.required if found else None,
        "needed": found.needed if found else None,
        "connected": found.connected if found else None,
        "connected_ratio": found.ratio if found else None,
        "is_met": found.is_met if found else None,
        "missing": names,
        "unknown": found.count(Membership.UNKNOWN) if found else 0,
        "overdue": [one.seat.id for one in found.overdue] if found else [],
        "pace": pace_json(found.pace if found else Pace()),
    }


def pace_json(pace: Pace) -> dict[str, Json]:
    """Return whether the deadline will be met."""
    return {
        "per_day": pace.per_day,
        "needed_per_day": pace.needed_per_day,
        "reached_on": None if pace.reached_on is None else pace.reached_on.isoformat(),
        "is_enough": pace.is_enough,
    }


def member_json(one: MemberCoverage) -> dict[str, Json]:
    """Return how one member stands, and what says so."""
    return {
        "id": one.seat.id,
        "name": one.seat.name,
        "name_en": one.seat.name_en,
        "membership": str(one.membership),
        "evidence": one.evidence or None,
        "since": None if one.since is None else one.since.isoformat(),
        "due": None if one.due is None else one.due.isoformat(),
        "days_overdue": one.days_overdue,
    }


def find_programme(request: web.Request, inventory: Inventory) -> Programme:
    """Return the programme that the path names.

    Raises:
        RefusedError: 404 with the nearest names.
    """
    name = ProgrammeId(request.match_info["programme"])
    found = inventory.programmes.get(name)
    if found is None:
        meant = nearest(name, inventory.programmes)
        hint = f"did you mean {meant[0]}?" if meant else "/api/v1/programmes lists what there is"
        raise RefusedError(404, f"there is no programme {name[:200]}; {hint}", nearest=meant)
    return found
