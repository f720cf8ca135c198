"""The connections on the landing page: how many stand how, and where the broken ones are broken."""

from urllib.parse import urlencode

from monitor.inventory import AgencyId, CheckId, Connection, Inventory, Stage, TargetId
from monitor.judge.worst import rank
from monitor.observation import FaultDomain
from monitor.web.pages.breaks import Break, Breaks
from monitor.web.pages.layout import Reader, badge, since
from monitor.web.pages.markup import Content, Markup, element
from monitor.web.pages.names import agency_names, both_names, target_names
from monitor.web.pages.tiles import grouped, tiles
from monitor.web.pages.words import FAULTS, REASONS, STAGES, Say

MOST = 25
"""Places shown; the API lists every connection."""
DETAIL_LENGTH = 300


def connections(reader: Reader, inventory: Inventory, found: Breaks, agency: str | None) -> Content:
    """Return the section, of one agency when it is given; nothing when there are no connections."""
    if not (found.all.total or found.unwatched or found.listed):
        return None
    say = reader.say
    total = found.all.total + found.unwatched
    unseen = say(
        f"và {grouped(found.unwatched)} kết nối chưa được theo dõi",
        f"and {grouped(found.unwatched)} that nobody looks at yet",
    )
    entries = [_entry(reader, inventory, entry, agency) for entry in found.listed[:MOST]]
    rest = found.listed[MOST:]
    affected = sum(one.count for one in found.listed)
    return element(
        "section",
        element(
            "h2", say("Kết nối", "Connections"), element("span", grouped(total), class_="count") if total else None
        ),
        tiles(found.all, say) if found.all.total else None,
        element("p", unseen, class_="label") if found.unwatched else None,
        element("ol", entries, class_="checks") if entries else None,
        element(
            "p",
            say(f"và {grouped(len(rest))} chỗ hỏng khác; ", f"and {grouped(len(rest))} more places; "),
            element(
                "a",
                say(
                    f"tất cả {grouped(affected)} kết nối bị ảnh hưởng",
                    f"all {grouped(affected)} connections affected",
                ),
                href=_listing(agency),
            ),
            class_="label",
        )
        if rest
        else None,
        class_="connections",
    )


def _listing(agency: str | None, **query: str) -> str:
    """Return where the API lists what is broken, of the agency when one is chosen."""
    chosen = {"concerns": agency} if agency else {}
    return f"/api/v1/connections?{urlencode({'impaired': 'true', **chosen, **query}, safe='/')}"


def _entry(reader: Reader, inventory: Inventory, entry: Break, agency: str | None) -> Markup:
    say, state = reader.say, entry.state
    return element(
        "li",
        badge(state, say),
        element("div", _hop(reader, inventory, entry), class_="what"),
        element(
            "div",
            element("strong", say(*REASONS[state.reason])) if state.reason else None,
            element("bdi", state.detail[:DETAIL_LENGTH], class_="detail") if state.detail else None,
            class_="why",
        ),
        element(
            "div",
            element("span", say("Phụ trách ", "Owner "), class_="label"),
            owner_text(entry.owner, entry.domain, say),
            class_="owner",
        ),
        element(
            "div", element("span", say("Đã kéo dài ", "For "), class_="label"), since(reader, state), class_="since"
        ),
        _broken(reader, inventory, entry, agency),
        class_=str(state.status),
    )


def owner_text(owner: str | None, domain: FaultDomain | None, say: Say) -> Markup:
    """Return whom to tell, or that nobody is named."""
    if owner is not None:
        return element("span", owner)
    if domain is FaultDomain.MONITOR:
        return element("span", say("vận hành hệ thống giám sát", "whoever runs the monitor"))
    return element("em", say("chưa phân công", "nobody named"))


def _hop(reader: Reader, inventory: Inventory, entry: Break) -> Content:
    say = reader.say
    if entry.domain is None:
        names = target_names(inventory.connections.get(TargetId(entry.at)), inventory, entry.at)
        link = reader.link(f"/connections/{entry.at}")
        return [element("span", say("Chưa rõ lỗi thuộc về ai", "Whose fault is not known"), class_="label"),
                element("a", both_names(names, reader.language), href=link), element("code", entry.at)]  # fmt: skip
    whose = say("Lỗi thuộc về ", "Fault of ") + say(*FAULTS[entry.domain])
    if not entry.at:
        return element("strong", whose)
    agency = inventory.agencies.get(AgencyId(entry.at))
    if agency is None:
        names = target_names(inventory.systems.get(TargetId(entry.at)), inventory, entry.at)
    else:
        names = agency_names(agency)
    evidence = entry.check or _worst_check(reader, inventory, entry.at)
    link = reader.link(f"/checks/{evidence}") if evidence else reader.link("/", agency=entry.at.partition("/")[0])
    return [
        element("span", whose, class_="label"),
        element("a", both_names(names, reader.language), href=link),
        element("code", entry.at),
    ]


def _worst_check(reader: Reader, inventory: Inventory, target: str) -> CheckId | None:
    checks = inventory.checks_of.get(TargetId(target), ())
    return max(checks, key=lambda one: rank(reader.running.state(one)), default=None)


def _broken(reader: Reader, inventory: Inventory, entry: Break, agency: str | None) -> Content:
    if entry.domain is None:
        return None
    say = reader.say
    many = "connection" if entry.count == 1 else "connections"
    named = [_named(reader, inventory, inventory.connections[one]) for one in entry.named]
    if more := entry.count - len(entry.named):
        text = say(f"và {grouped(more)} kết nối khác", f"and {grouped(more)} more")
        link = _listing(agency, domain=entry.domain, **({"at": entry.at} if entry.at else {}))
        named.append(element("li", element("a", text, href=link)))
    return element(
        "div",
        element("span", say(f"{grouped(entry.count)} kết nối bị ảnh hưởng", f"{grouped(entry.count)} {many} affected"),
                class_="label"),
        element("ul", named),
        class_="affected",
    )  # fmt: skip


def _named(reader: Reader, inventory: Inventory, connection: Connection) -> Markup:
    today = reader.now.astimezone(inventory.time_zone).date()
    stage = connection.stage(today)
    names = both_names(target_names(connection, inventory, connection.id), reader.language)[:1]
    return element(
        "li",
        element("a", names, href=reader.link(f"/connections/{connection.id}"), title=connection.id),
        None if stage is Stage.LIVE else element("em", reader.say(*STAGES[stage])),
    )
