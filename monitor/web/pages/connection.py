"""``/connections/{agency}/{connection}``: one connection, where it is broken, hop by hop, and who has to act."""

from aiohttp import web

from monitor.inventory import AgencyId, CheckId, Connection, Inventory, TargetId
from monitor.judge.hop import Hop
from monitor.judge.locate import HopVerdict
from monitor.judge.path import Trace
from monitor.judge.worst import rank
from monitor.observation import Status
from monitor.outcome import Confirmed, Fault
from monitor.owner import contact
from monitor.web.connections import find_connection
from monitor.web.pages.connections import owner_text
from monitor.web.pages.facts import facts
from monitor.web.pages.layout import Reader, badge, page, since
from monitor.web.pages.markup import Content, Markup, element
from monitor.web.pages.names import agency_names, both_names, target_names
from monitor.web.pages.words import FAULTS, REASONS, ROLES, STAGES, VERDICTS
from monitor.web.trace import owner_of_fault

MOST_CHECKS = 20
"""Of a hop or the connection, the worst first."""
DETAIL_LENGTH = 1000


async def connection(request: web.Request) -> web.Response:
    """Answer with the page of a connection."""
    reader = Reader.of(request)
    inventory = reader.running.inventory()
    found = find_connection(request, inventory)
    agency = inventory.agencies[found.agency]
    trace = reader.running.trace(found.id)
    return page(
        reader,
        found.id,
        element(
            "p",
            element(
                "a",
                "← ",
                both_names(agency_names(agency), reader.language)[:1],
                href=reader.link("/", agency=agency.id),
            ),
            class_="up",
        ),
        element("h1", both_names(target_names(found, inventory, found.id), reader.language)),
        element("p", element("code", found.id), class_="lead"),
        _rest(reader, inventory, found) if found.id in inventory.resting else _state(reader, inventory, found, trace),
        _path(reader, inventory, found, trace) if trace else None,
        _own_checks(reader, inventory, found),
        _configuration(reader, inventory, found),
    )


def _rest(reader: Reader, inventory: Inventory, found: Connection) -> Markup:
    say = reader.say
    stage = found.stage(reader.now.astimezone(inventory.time_zone).date())
    words = say(
        "Không ai chờ đợi gì ở kết nối này, và không có gì kiểm tra nó.",
        "Nothing is expected of it, and nothing looks at it.",
    )
    return element("section", element("p", element("strong", say(*STAGES[stage])), ". ", words), class_="card")


def _state(reader: Reader, inventory: Inventory, found: Connection, trace: Trace | None) -> Markup:
    say = reader.say
    state = reader.running.state(found.id)
    fault = reader.running.fault(found.id)
    rows: list[tuple[str, Content]] = [
        (say("Trạng thái", "State"), badge(state, say)),
        (say("Đã được", "For"), since(reader, state)),
        (say("Lý do", "Reason"), element("strong", say(*REASONS[state.reason])) if state.reason else None),
        (say("Chi tiết", "Detail"), element("bdi", state.detail[:DETAIL_LENGTH]) if state.detail else None),
    ]
    if fault is not None:
        rows += _fault(reader, inventory, found, fault)
    elif trace is not None and trace.awaits:
        looked = [[", " if place else "", element("code", one)] for place, one in enumerate(trace.awaits)]
        rows.append((say("Chưa xác định chỗ hỏng; chờ xem", "Not located yet; awaits a look at"), looked))
    elif state.status in {Status.DOWN, Status.DEGRADED}:
        rows.append((say("Lỗi thuộc về", "Fault of"), element("em", say("chưa xác định", "not located yet"))))
    return element("section", facts(rows), class_=f"card edge {state.status}")


def _fault(reader: Reader, inventory: Inventory, found: Connection, fault: Fault) -> list[tuple[str, Content]]:
    say = reader.say
    owner = owner_of_fault(fault, found, inventory)
    return [
        (say("Lỗi thuộc về", "Fault of"), [say(*FAULTS[fault.domain]), " ", element("code", fault.at)]),
        (say("Phụ trách", "Owner"), owner_text(owner, fault.domain, say)),
        (
            say("Căn cứ", "Evidence"),
            element("a", fault.check, href=reader.link(f"/checks/{fault.check}")) if fault.check else None,
        ),
    ]


def _path(reader: Reader, inventory: Inventory, found: Connection, trace: Trace) -> Markup:
    hops = zip(trace.hops, trace.verdicts, strict=True)
    return element(
        "section",
        element("h2", reader.say("Đường đi", "Path")),
        element("ol", [_hop(reader, inventory, found, *one) for one in hops], class_="checks path"),
    )


def _hop(reader: Reader, inventory: Inventory, found: Connection, hop: Hop, verdict: HopVerdict) -> Markup:
    say = reader.say
    system = inventory.systems.get(TargetId(hop.id))
    agency = inventory.agencies.get(AgencyId(hop.id))
    names = agency_names(agency) if agency else target_names(system, inventory, hop.id)
    owner = contact(found.agency, found.owner) if system is None else contact(system.agency, system.owner)
    symbol, style, word = VERDICTS[verdict]
    return element(
        "li",
        element(
            "div",
            element("span", element("span", symbol, class_="symbol", aria_hidden="true"), say(*word),
                    class_=f"badge {style}"),
            class_="badges",
        ),
        element("div", element("span", say(*ROLES[hop.role]), class_="label"), both_names(names, reader.language),
                element("code", hop.id), class_="what"),
        element("div", _looks(reader, inventory, TargetId(hop.id)), class_="why"),
        element("div", element("span", say("Phụ trách ", "Owner "), class_="label"), owner_text(owner, None, say),
                class_="owner"),
        element("div", since(reader, hop.state) if hop.state else None, class_="since"),
        class_=style,
    )  # fmt: skip


def _looks(reader: Reader, inventory: Inventory, target: TargetId) -> Content:
    """Return the checks of a target with their states; a word when there are none."""
    state = reader.running.state
    checks = sorted(inventory.checks_of.get(target, ()), key=lambda one: (-rank(state(one)), one))
    if not checks:
        return element("em", reader.say("không có kiểm tra nào", "no check looks at it"))
    return element("ul", [_look(reader, one, state(one)) for one in checks[:MOST_CHECKS]], class_="looks")


def _look(reader: Reader, check: CheckId, state: Confirmed) -> Markup:
    why = element("span", reader.say(*REASONS[state.reason]), class_="detail") if state.reason else None
    name = check.rpartition("/")[2]
    return element("li", badge(state, reader.say), element("a", name, href=reader.link(f"/checks/{check}")), why)


def _own_checks(reader: Reader, inventory: Inventory, found: Connection) -> Markup:
    return element(
        "section",
        element("h2", reader.say("Kiểm tra chính kết nối này", "Checks of the connection itself")),
        _looks(reader, inventory, found.id),
        class_="card",
    )


def _configuration(reader: Reader, inventory: Inventory, found: Connection) -> Markup:
    say = reader.say
    today = reader.now.astimezone(inventory.time_zone).date()
    calls = found.expected_calls_per_day
    return element(
        "section",
        element("h2", say("Thông tin", "Facts")),
        facts(
            [
                (say("Giai đoạn", "Stage"), say(*STAGES[found.stage(today)])),
                (say("Thời hạn", "Due"), found.due.isoformat() if found.due else None),
                (say("Căn cứ pháp lý", "Legal basis"), found.legal_basis),
                (say("Số lượt gọi mỗi ngày", "Calls a day"), calls),
                (say("Phụ trách", "Owner"), owner_text(contact(found.agency, found.owner), None, say)),
                ("API", element("a", "JSON", href=f"/api/v1/connections/{found.id}")),
            ]
        ),
        class_="card",
    )
