"""``/checks/{agency}/{target}/{check}``: one check, its state, why, and its newest runs."""

from aiohttp import web

from monitor.inventory import Check
from monitor.outcome import Outcome
from monitor.web.checks import find_check
from monitor.web.pages.facts import facts
from monitor.web.pages.layout import Reader, badge, moment, page, since
from monitor.web.pages.markup import Content, Markup, element
from monitor.web.pages.names import agency_names, both_names, target_names
from monitor.web.pages.strip import lasted, milliseconds, parts, phase_class, strip
from monitor.web.pages.words import FAULTS, REASONS, STATUSES, Say, span

FAILURES = 20
READINGS = 50
DETAIL_LENGTH = 1000

PHASE_NAMES = {
    "resolve": ("phân giải tên", "resolve"),
    "connect": ("kết nối", "connect"),
    "tls": ("bắt tay TLS", "TLS"),
    "processing": ("chờ xử lý", "processing"),
    "transfer": ("truyền tải", "transfer"),
    "rest": ("phần còn lại", "the rest"),
}


async def check(request: web.Request) -> web.Response:
    """Answer with the page of a check."""
    reader = Reader.of(request)
    inventory = reader.running.inventory()
    found = find_check(request, inventory)
    agency = inventory.agencies.get(found.agency)
    names = target_names(inventory.target(found.target), inventory, found.target)
    newest = reader.running.newest.of(found.id)
    return page(
        reader,
        found.id,
        element(
            "p",
            element("a", "← ", both_names(agency_names(agency) if agency else (found.agency, ""), reader.language)[:1],
                    href=reader.link("/", agency=found.agency)),
            class_="up",
        ),
        element("h1", both_names(names, reader.language)),
        element("p", element("code", found.id), class_="lead"),
        _state(reader, found, newest),
        _newest(reader, newest, reader.running.newest.recent(found.id)),
        _readings(reader, newest),
        _failures(reader, reader.running.newest.failures(found.id)),
        _configuration(reader, found),
    )  # fmt: skip


def _state(reader: Reader, found: Check, newest: Outcome | None) -> Markup:
    say = reader.say
    state = reader.running.state(found.id)
    target = reader.running.inventory().target(found.target)
    fault = newest.observation.fault if newest else None
    return element(
        "section",
        facts(
            [
                (say("Trạng thái", "State"), badge(state, say)),
                (say("Đã được", "For"), since(reader, state)),
                (say("Lý do", "Reason"), element("strong", say(*REASONS[state.reason])) if state.reason else None),
                (say("Chi tiết", "Detail"), element("bdi", state.detail[:DETAIL_LENGTH]) if state.detail else None),
                (say("Lỗi thuộc về", "Fault of"), say(*FAULTS[fault]) if fault and state.reason else None),
                (
                    say("Phụ trách", "Owner"),
                    (target.owner if target else None) or say("chưa phân công", "nobody named"),
                ),
            ]
        ),
        class_=f"card edge {state.status}",
    )


def _newest(reader: Reader, newest: Outcome | None, recent: list[Outcome]) -> Markup:
    say = reader.say
    title = element("h2", say("Những lần chạy gần nhất", "Newest runs"))
    if newest is None:
        return element("section", title, element("p", say(*REASONS_PENDING), class_="label"), class_="card")
    legend = [
        element(
            "li",
            element("span", class_=f"swatch {phase_class(name)}", aria_hidden="true"),
            say(*PHASE_NAMES.get(name, (name, name))),
            " ",
            element("b", milliseconds(seconds)),
        )
        for name, seconds in parts(newest)
    ]
    said = say(
        f"Lần mới nhất kéo dài {milliseconds(lasted(newest))}, nhìn từ {newest.vantage}, lúc ",
        f"The newest took {milliseconds(lasted(newest))}, seen from {newest.vantage}, at ",
    )
    return element(
        "section",
        title,
        strip(reader, recent or [newest]),
        element("p", said, moment(reader, newest.started)),
        element("ul", legend, class_="legend"),
        class_="card",
    )


REASONS_PENDING = ("Chưa có lần kiểm tra nào kết thúc.", "No run has ended yet.")


def _readings(reader: Reader, newest: Outcome | None) -> Content:
    if newest is None or not newest.observation.readings:
        return None
    rows = [
        element(
            "tr",
            element("th", reading.measure.name, scope="row", title=reading.measure.help),
            element("td", " ".join(reading.labels)),
            element("td", f"{reading.value:.10g}", class_="number"),
        )
        for reading in newest.observation.readings[:READINGS]
    ]
    return element(
        "section",
        element("h2", reader.say("Số đo", "Readings")),
        element("div", element("table", element("tbody", rows)), class_="scroll"),
        class_="card",
    )


def _failures(reader: Reader, failures: list[Outcome]) -> Content:
    if not failures:
        return None
    say: Say = reader.say
    rows = [
        element(
            "li",
            moment(reader, outcome.started),
            element("strong", say(*(REASONS[seen.reason] if seen.reason else STATUSES[seen.status]))),
            element("bdi", seen.detail[:DETAIL_LENGTH]),
        )
        for outcome in reversed(failures[-FAILURES:])
        for seen in [outcome.observation]
    ]
    return element(
        "section",
        element("h2", say("Những lần lỗi gần nhất", "Newest failures")),
        element("ol", rows, class_="failures"),
        class_="card",
    )


def _configuration(reader: Reader, found: Check) -> Markup:
    say = reader.say
    confirm = found.confirm
    return element(
        "section",
        element("h2", say("Cấu hình", "Configuration")),
        facts(
            [
                (say("Loại", "Kind"), found.kind),
                (say("Máy đích", "Host"), found.host),
                (say("Chu kỳ", "Every"), span(found.every.total_seconds(), say)),
                (say("Thời hạn", "Timeout"), f"{found.timeout.total_seconds():g} s"),
                (
                    say("Xác nhận", "Confirmed after"),
                    say(
                        f"{confirm.down} lần lỗi, {confirm.up} lần tốt liên tiếp",
                        f"{confirm.down} bad or {confirm.up} good runs in a row",
                    ),
                ),
                ("API", element("a", "JSON", href=f"/api/v1/checks/{found.id}")),
            ]
        ),
        class_="card",
    )
