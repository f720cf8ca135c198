"""The connections on the landing page: how many stand how, and where the broken ones are broken."""

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


def connections(reader: Reader, inventory: Inventory, found: Breaks) -> Content:
    """Return the section; nothing when there are no connections."""
    if not (found.all.total or found.unwatched or found.listed):
        return None
    say = reader.say
    total = found.all.total + found.unwatched
    unseen = say(
        f"và {grouped(found.unwatched)} kết nối chưa được theo dõi",
        f"and {grouped(found.unwatched)} that nobody looks at yet",
    )
    entries = [_entry(reader, inventory, entry) for entry in found.listed[:MOST]]
    rest = found.listed[MOST:]
    cut = sum(one.count for one in rest)
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
            say(f"và {grouped(len(rest))} chỗ hỏng khác, với ", f"and {grouped(len(rest))} more places, with "),
            element(
                "a",
                say(f"{grouped(cut)} kết nối", f"{grouped(cut)} connections"),
                href="/api/v1/connections?status=down",
            ),
            class_="label",
        )
        if rest
        else None,
        class_="connections",
    )


def _entry(reader: Reader, inventory: Inventory, entry: Break) -> Markup:
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
        _broken(reader, inventory, entry),
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


def _broken(reader: Reader, inventory: Inventory, entry: Break) -> Content:
    if entry.domain is None:
        return None
    say = reader.say
    many = "connection" if entry.count == 1 else "connections"
    named = [_named(reader, inventory, inventory.connections[one]) for one in entry.named]
    if more := entry.count - len(entry.named):
        text = say(f"và {grouped(more)} kết nối khác", f"and {grouped(more)} more")
        named.append(element("li", element("a", text, href=f"/api/v1/connections?at={entry.at}") if entry.at else text))
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
