"""Panels that several dashboards have."""

from dashboards.panel import Panel
from dashboards.query import Query
from dashboards.series import State, fault_state, select, system_state
from dashboards.units import BLUE, GREEN, PURPLE, RED, SINCE, STATUS, YELLOW
from dashboards.words import STATES, Words

LINKED = {"agency": "agency", "target": "connection"}
STATE, SINCE_WORD = Words("Trạng thái", "State"), Words("Từ lúc", "Since")
NINES = ((None, RED), (0.99, YELLOW), (0.999, GREEN))
NOTHING_BROKEN = Words("● Không có gì hỏng", "● Nothing is broken")
COLOURS = {"up": GREEN, "degraded": YELLOW, "down": RED, "unknown": PURPLE, "maintenance": BLUE}


def since(series: str, state: State) -> tuple[Query, Query]:
    """Return what to ask for the state of each series of an info, and for since when it is in it.

    Args:
        series: The info; each has an agency and a target.
        state: Of these, and maybe of others.
    """
    join = f"{series} * 0 + on (agency, target) group_left ()"
    return (
        Query(expr=f"{join} {state.anyhow}", legend=STATE, unit=STATUS),
        Query(expr=f"{join} {state.began} * 1000", legend=SINCE_WORD, unit=SINCE),
    )


def one_state(state: State) -> tuple[Panel, Panel]:
    """Return the state of the one that is shown, and since when it is in it; unknown is a state as well."""
    now = Query(expr=state.anyhow, is_instant=True)
    began = Query(expr=f"{state.began} * 1000", is_instant=True)
    return (
        Panel(kind="stat", title=STATE, queries=(now,), unit=STATUS, width=5, height=4),
        Panel(kind="stat", title=SINCE_WORD, queries=(began,), unit=SINCE, width=5, height=4),
    )


def broken_connections(title: Words, its: str, *, place: str = "") -> Panel:
    """Return the table of connections with a located fault: where, whose, since when. Planned windows are left out.

    Args:
        title: Says which.
        its: Matchers of their agency or target.
        place: Matchers of where they are broken.
    """
    faults = select("connection:fault:owner", its, place)
    series = f"({faults} unless on (agency, target) connection:maintenance:max == 1)"
    return Panel(
        kind="table",
        title=title,
        about=Words(
            "Điểm hỏng đầu tiên trên đường đi và đầu mối phải xử lý; không tính lúc bảo trì.",
            "The first broken hop of the path and the contact who has to act; planned windows are left out.",
        ),
        none=NOTHING_BROKEN,
        queries=since(series, fault_state(its, faults)),
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
        queries=since(series, system_state(matchers)),
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
