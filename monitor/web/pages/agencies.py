"""The table of all agencies."""

from monitor.inventory import AgencyId, Inventory
from monitor.observation import Status
from monitor.web.listing import breathing
from monitor.web.pages.breaks import Breaks
from monitor.web.pages.layout import Reader
from monitor.web.pages.markup import Content, Markup, element
from monitor.web.pages.names import agency_names, both_names
from monitor.web.pages.survey import Survey, Tally
from monitor.web.pages.words import MAINTENANCE, STATUSES

MOST = 200
"""Rows; an inventory of thousands of communes is for the API."""
WIDTH = 120.0
COLUMNS = (
    STATUSES[Status.DOWN],
    STATUSES[Status.DEGRADED],
    STATUSES[Status.UNKNOWN],
    MAINTENANCE,
    STATUSES[Status.UP],
)


async def agencies(reader: Reader, inventory: Inventory, found: Survey, broken: Breaks) -> Content:
    """Return the table, the worst first."""
    say = reader.say
    with_checks = [name for name in found.worst_first if found.agencies[name].total]
    if not with_checks:
        return None
    shown = breathing(with_checks[:MOST])
    rows = [_row(reader, inventory, name, found.agencies[name], broken.of(name)) async for name in shown]
    left = len(with_checks) - MOST
    columns = [say("Cơ quan", "Agency"), say("Trạng thái", "State")]
    columns += [say(*pair) for pair in COLUMNS]
    columns.append(say("Kết nối gián đoạn", "Connections down"))
    return element(
        "section",
        element("h2", say("Các cơ quan", "Agencies"), element("span", f"{len(with_checks)}", class_="count")),
        element(
            "div",
            element(
                "table",
                element("thead", element("tr", [element("th", text, scope="col") for text in columns])),
                element("tbody", rows),
            ),
            class_="scroll",
            tabindex=0,
            role="region",
            aria_label=say("Các cơ quan", "Agencies"),
        ),
        element("p", say(f"và {left} cơ quan khác", f"and {left} more"), class_="label") if left > 0 else None,
    )


def _row(reader: Reader, inventory: Inventory, name: str, tally: Tally, linked: Tally) -> Markup:
    agency = inventory.agencies.get(AgencyId(name))
    names = both_names(agency_names(agency) if agency else (name, ""), reader.language)
    counts = (("down", tally.down), ("degraded", tally.degraded), ("unknown", tally.unknown),
              ("maintenance", tally.maintenance), ("up", tally.up))  # fmt: skip
    return element(
        "tr",
        element("th", element("a", names, href=reader.link("/", agency=name)), scope="row"),
        element("td", _bar(counts, tally.total), class_="barcell"),
        [element("td", count, class_=f"number {state}" + ("" if count else " none")) for state, count in counts],
        element("td", f"{linked.down} / {linked.total}" if linked.total else "–",
                class_="number down" if linked.down else "number none"),
    )  # fmt: skip


def _bar(counts: tuple[tuple[str, int], ...], total: int) -> Markup:
    """Return the shares as a bar; the numbers stand in the cells beside it, so it says nothing to a screen reader."""
    pieces = []
    left = 0.0
    for state, count in counts:
        width = WIDTH * count / total
        if count:
            pieces.append(element("rect", x=left, y=0, width=max(width, 1.5), height=8, class_=f"fill {state}"))
        left += width
    return element("svg", pieces, class_="bar", viewBox="0 0 120 8", preserveAspectRatio="none", aria_hidden="true")
