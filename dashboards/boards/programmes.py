"""Programmes of connecting."""

from dashboards.board import Board
from dashboards.panel import Panel, question
from dashboards.query import Query
from dashboards.units import MEMBER, PACE, SINCE
from dashboards.variables import PROGRAMMES, agency_names
from dashboards.words import Words

CHOSEN = 'programme=~"$programme"'
REQUIRED, CONNECTED = (f"programme:{one}:count{{{CHOSEN}}}" for one in ("required", "connected"))
GOAL = f"max by (programme) (datashare_programme_goal_ratio{{{CHOSEN}}})"
DEADLINE = f"max by (programme) (datashare_programme_deadline_timestamp_seconds{{{CHOSEN}}})"
AT_DEADLINE = (
    f"({CONNECTED} + deriv({CONNECTED}[30d:1h]) * on (programme) clamp_min({DEADLINE} - time(), 0))"
    f" / on (programme) {REQUIRED}"
)
MEMBERS = f'max by (agency, programme) (datashare_programme_required{{{CHOSEN}, agency!=""}})'
CONNECTED_MEMBERS = "max by (agency, programme) (datashare_programme_connected)"
MISSING = f"({MEMBERS} * 0 == {CONNECTED_MEMBERS} or ({MEMBERS} unless {CONNECTED_MEMBERS}) * 0 - 1)"
SHARE, IN_TIME = Words("Tỷ lệ", "Share"), Words("Theo nhịp 30 ngày qua", "At the pace of 30 days")
NAMED_MISSING = Words(
    *(
        f"{MISSING} * on (agency) group_left (name) {names} or on (agency, programme) {MISSING}"
        for names in agency_names()
    )
)

PROGRAMMES_BOARD = Board(
    id="programmes",
    title=Words("Chương trình", "Programmes"),
    variables=(PROGRAMMES,),
    hours=24 * 30,
    panels=(
        question(
            Words(
                "Bao nhiêu cơ quan đã kết nối, còn thiếu ai, có kịp thời hạn không?",
                "How many are connected, who is missing, will the deadline be met?",
            ),
            Words(
                "Cơ quan chưa rõ không được tính là đã kết nối.",
                "An agency that is not known about is not counted as connected.",
            ),
        ),
        Panel(
            kind="table",
            title=Words("Đã kết nối trên tổng số, và thời hạn", "Connected of those required, and the deadline"),
            queries=(
                Query(expr=CONNECTED, legend=Words("Đã kết nối", "Connected"), unit="none"),
                Query(expr=REQUIRED, legend=Words("Tổng số", "Required"), unit="none"),
                Query(expr=f"{CONNECTED} / on (programme) {REQUIRED}", legend=SHARE, unit="percentunit"),
                Query(expr=GOAL, legend=Words("Mục tiêu", "Goal"), unit="percentunit"),
                Query(expr=f"{DEADLINE} * 1000", legend=Words("Thời hạn", "Deadline"), unit=SINCE),
                Query(
                    expr=f"clamp({AT_DEADLINE}, 0, 1)",
                    legend=Words("Dự kiến khi đến hạn", "Expected at the deadline"),
                    unit="percentunit",
                ),
                Query(expr=f"{AT_DEADLINE} >= bool on (programme) {GOAL}", legend=IN_TIME, unit=PACE),
            ),
            width=24,
            sort=SHARE,
        ),
        Panel(
            kind="table",
            title=Words("Còn thiếu", "Missing"),
            none=Words("● Không thiếu cơ quan nào", "● No agency is missing"),
            queries=(Query(expr=NAMED_MISSING, legend=Words("Kết nối", "Connected"), unit=MEMBER),),
            height=10,
            links={"agency": "agency"},
        ),
        Panel(
            kind="timeseries",
            title=Words("Tiến độ và mục tiêu", "Pace and goal"),
            queries=(
                Query(expr=f"{CONNECTED} / on (programme) {REQUIRED}", legend="{{programme}}"),
                Query(expr=GOAL, legend=Words("mục tiêu {{programme}}", "goal {{programme}}")),
            ),
            unit="percentunit",
            height=10,
        ),
    ),
)
