"""Panels that several dashboards have."""

from dashboards.panel import Panel
from dashboards.query import Query
from dashboards.units import BLUE, GREEN, PURPLE, RED, SINCE, STATUS, YELLOW
from dashboards.words import STATES, Words

LINKED = {"agency": "agency", "target": "connection"}
STATE, SINCE_WORD = Words("Trạng thái", "State"), Words("Từ lúc", "Since")
NINES = ((None, RED), (0.99, YELLOW), (0.999, GREEN))
NOTHING_BROKEN = Words("● Không có gì hỏng", "● Nothing is broken")
COLOURS = {"up": GREEN, "degraded": YELLOW, "down": RED, "unknown": PURPLE, "maintenance": BLUE}


def since(series: str, of: str) -> tuple[Query, Query]:
    """Return what to ask for the state of each series of an info, and for since when it is in it.

    Args:
        series: Selects them from a recorded info; each has an agency and a target.
        of: What they are: ``connection`` or ``system``.
    """
    join = f"{series} * 0 + on (agency, target) group_left ()"
    unknown = f"({series} unless on (agency, target) {of}:status:min) * 0 - 1"
    return (
        Query(expr=f"{join} {of}:status:min or {unknown}", legend=STATE, unit=STATUS),
        Query(expr=f"{join} {of}:status_since:min * 1000", legend=SINCE_WORD, unit=SINCE),
    )


def state(info: str, of: str, matchers: str, *, width: int = 5) -> Panel:
    """Return the state of the one that an info is of; unknown is a state as well."""
    expr = f"{of}:status:min{{{matchers}}} or max by (agency, target) ({info}) * 0 - 1"
    return Panel(
        kind="stat", title=STATE, queries=(Query(expr=expr, is_instant=True),), unit=STATUS, width=width, height=4
    )


def broken_connections(title: Words, matchers: str) -> Panel:
    """Return the table of connections with a located fault: where, whose, since when. Planned windows are left out."""
    series = f"(connection:fault:owner{{{matchers}}} unless on (agency, target) connection:maintenance:max == 1)"
    return Panel(
        kind="table",
        title=title,
        about=Words(
            "Điểm hỏng đầu tiên trên đường đi và đầu mối phải xử lý; không tính lúc bảo trì.",
            "The first broken hop of the path and the contact who has to act; planned windows are left out.",
        ),
        none=NOTHING_BROKEN,
        queries=since(series, "connection"),
        width=24,
        height=9,
        links=LINKED,
        sort=SINCE_WORD,
        is_descending=True,
    )


def broken_systems(title: Words, matchers: str, *, width: int = 24) -> Panel:
    """Return the table of systems that are down or degraded outside planned windows."""
    series = (
        f"(system:owner:info{{{matchers}}} and on (agency, target) system:status:min < 2"
        " unless on (agency, target) system:maintenance:max == 1)"
    )
    return Panel(
        kind="table",
        title=title,
        none=NOTHING_BROKEN,
        queries=since(series, "system"),
        width=width,
        links={"agency": "agency"},
        hidden=("at", "tier"),
        sort=SINCE_WORD,
        is_descending=True,
    )


def by_state(title: Words, series: str, matchers: str, *, width: int) -> Panel:
    """Return how many there are in each state: 0 only where something is known, and nothing where nothing is."""
    queries = tuple(
        Query(
            expr=f'sum({series}{{{matchers}, state="{state}"}}) or 0 * sum({series}{{{matchers}}})',
            legend=words,
            colour=COLOURS[state],
            is_instant=True,
        )
        for state, words in STATES.items()
    )
    return Panel(kind="stat", title=title, queries=queries, width=width, height=4)


def connections_by_state(matchers: str, *, width: int = 12) -> Panel:
    """Return how many connections are in each state."""
    return by_state(
        Words("Kết nối theo trạng thái", "Connections by state"), "agency:connections:count", matchers, width=width
    )


def systems_by_state(matchers: str, *, width: int = 12) -> Panel:
    """Return how many systems are in each state."""
    return by_state(
        Words("Hệ thống theo trạng thái", "Systems by state"), "agency:systems:count", matchers, width=width
    )
