"""``/``: what is broken, whose it is, and since when."""

from collections.abc import Sequence

from aiohttp import web

from monitor.inventory import AgencyId, Check, Inventory
from monitor.outcome import Confirmed
from monitor.web.listing import breathing
from monitor.web.pages.agencies import agencies
from monitor.web.pages.breaks import Breaks, breaks
from monitor.web.pages.connections import connections
from monitor.web.pages.layout import Reader, badge, page, since
from monitor.web.pages.markup import Content, Markup, element
from monitor.web.pages.names import agency_names, both_names, target_names
from monitor.web.pages.notices import notices
from monitor.web.pages.survey import Survey, Tally, survey
from monitor.web.pages.tiles import CHECKS, CONNECTIONS, grouped, headline, tiles
from monitor.web.pages.words import REASONS, Say
from monitor.web.refusal import RefusedError
from monitor.web.resemblance import nearest

PER_PAGE = 100
DETAIL_LENGTH = 300


async def landing(request: web.Request) -> web.Response:
    """Answer with the landing page, or with that of one agency."""
    reader = Reader.of(request)
    inventory = reader.running.inventory()
    agency = request.query.get("agency") or None
    if agency is not None and agency not in inventory.agencies:
        raise RefusedError(404, f"there is no agency {agency[:80]}", nearest=nearest(agency, inventory.agencies))
    found = await survey(inventory, reader.running.state, agency)
    broken = await breaks(inventory, reader.running, agency)
    number, last = page_number(request.query.get("page", "1"), found.count)
    tally = found.agencies[agency] if agency else found.all
    heads = headlines(broken, tally, reader.say)
    return page(
        reader,
        heads[0],
        notices(reader),
        _heading(reader, inventory, agency, heads),
        connections(reader, inventory, broken, agency),
        _counted(reader, found.systems, tally),
        await _groups(reader, inventory, found, number, agency),
        _pager(reader, number, last, agency),
        None if agency else await agencies(reader, inventory, found, broken),
    )


def headlines(broken: Breaks, checks: Tally, say: Say) -> Sequence[str]:
    """Return the state of everything: a sentence on the connections, if any are watched, and one on the checks."""
    if not broken.all.total:
        return (headline(checks, CHECKS, say),)
    about = headline(broken.all, CONNECTIONS, say)
    if not (broken.all.broken or broken.all.pending or checks.broken or checks.pending):
        return (say("Mọi thứ đang hoạt động", "Everything is up"),)
    return (about, headline(checks, CHECKS, say))


def page_number(text: str, entries: int) -> tuple[int, int]:
    """Return the number of the page asked for, at most the last one, and that of the last one.

    Raises:
        RefusedError: 400 when it is not a number of a page.
    """
    if not (text.isascii() and text.isdecimal() and len(text) < 7 and int(text) > 0):
        raise RefusedError(400, f"page={text[:50]} is not the number of a page; write 1, 2, 3 …")
    last = max(1, -(-entries // PER_PAGE))
    return min(int(text), last), last


def _heading(reader: Reader, inventory: Inventory, agency: str | None, heads: Sequence[str]) -> Content:
    if not agency:
        return [element("h1", heads[0]), [element("p", one, class_="lead") for one in heads[1:]]]
    names = both_names(agency_names(inventory.agencies[AgencyId(agency)]), reader.language)
    return [
        element(
            "p", element("a", reader.say("← Tất cả cơ quan", "← All agencies"), href=reader.link("/")), class_="up"
        ),
        element("h1", names),
        element("p", " · ".join(heads), class_="lead"),
    ]


def _counted(reader: Reader, systems: Tally, checks: Tally) -> Markup:
    say = reader.say
    return element(
        "div",
        [
            element("section", element("h2", title, element("span", grouped(tally.total), class_="count")),
                    tiles(tally, say))
            for title, tally in ((say("Hệ thống", "Systems"), systems), (say("Kiểm tra", "Checks"), checks))
        ],
        class_="pair",
    )  # fmt: skip


async def _groups(reader: Reader, inventory: Inventory, found: Survey, number: int, agency: str | None) -> Content:
    say = reader.say
    groups: dict[str, list[Markup]] = {}
    async for check, state in breathing(found.window((number - 1) * PER_PAGE, PER_PAGE)):
        groups.setdefault(check.agency, []).append(_check(reader, inventory, check, state))
    if agency:
        listed = [element("ol", entries, class_="checks") for entries in groups.values()]
        return element("section", listed, aria_label=say("Các kiểm tra", "Checks"))
    sections: list[Markup] = []
    for name, entries in groups.items():
        owner = inventory.agencies.get(AgencyId(name))
        names = both_names(agency_names(owner) if owner else (name, ""), reader.language)
        count = found.agencies[name].broken
        link = element("a", names, href=reader.link("/", agency=name))
        head = element("h3", link, element("span", say(f"{count} cần xử lý", f"{count} to act on"), class_="count"))
        sections.append(element("section", head, element("ol", entries, class_="checks")))
    return sections


def _check(reader: Reader, inventory: Inventory, check: Check, state: Confirmed) -> Markup:
    say = reader.say
    target = inventory.target(check.target)
    owner = target.owner if target else None
    why = state.detail[:DETAIL_LENGTH] if state.detail else None
    return element(
        "li",
        badge(state, say),
        element(
            "div",
            element(
                "a",
                both_names(target_names(target, inventory, check.target), reader.language),
                href=reader.link(f"/checks/{check.id}"),
            ),
            element("code", check.id),
            class_="what",
        ),
        element(
            "div",
            element("strong", say(*REASONS[state.reason])) if state.reason else None,
            element("bdi", why, class_="detail") if why else None,
            class_="why",
        ),
        element(
            "div",
            element("span", say("Phụ trách ", "Owner "), class_="label"),
            element("span", owner) if owner else element("em", say("chưa phân công", "nobody named")),
            class_="owner",
        ),
        element(
            "div", element("span", say("Đã kéo dài ", "For "), class_="label"), since(reader, state), class_="since"
        ),
        class_=str(state.status),
    )


def _pager(reader: Reader, number: int, last: int, agency: str | None) -> Content:
    if last == 1:
        return None
    say = reader.say
    before = element(
        "a", say("← Trang trước", "← Previous"), rel="prev", href=reader.link("/", agency=agency, page=number - 1)
    )
    behind = element(
        "a", say("Trang sau →", "Next →"), rel="next", href=reader.link("/", agency=agency, page=number + 1)
    )
    return element(
        "nav",
        before if number > 1 else None,
        element("span", say(f"Trang {number} / {last}", f"Page {number} of {last}")),
        behind if number < last else None,
        class_="pager",
        aria_label=say("Phân trang", "Pagination"),
    )
