"""National overview. It asks for recordings, and else since when the few are broken that are: quick in any country."""

from dashboards.board import Board
from dashboards.boards.common import (
    NINES,
    NOTHING_BROKEN,
    STATE,
    broken_connections,
    broken_systems,
    connections_by_state,
    systems_by_state,
)
from dashboards.panel import Panel, question
from dashboards.query import Query
from dashboards.units import GREEN, RED, STATUS, YELLOW
from dashboards.variables import AGENCIES, agency_names
from dashboards.words import STATES, Words

CHOSEN = 'agency=~"$agency"'
COUNT = f"agency:connections:count{{{CHOSEN}, "
SHARE = f'sum({COUNT}state=~"up|degraded"}}) / (sum({COUNT}state=~"up|degraded|down"}}) > 0)'
HUBS = 'max by (at) (system:owner:info{kind="hub"})'
MONITORS = 'up{job="datashare-monitor"}'


def _of_each(state: str) -> Query:
    return Query(expr=f'sum by (agency) ({COUNT}state="{state}"}})', legend=STATES[state], unit="none")


NATIONAL = Board(
    id="national",
    title=Words("Toàn cảnh quốc gia", "National overview"),
    variables=(AGENCIES,),
    panels=(
        question(
            Words(
                "Cả nước có đang kết nối không? Cái gì hỏng, của ai, từ lúc nào?",
                "Is the country connected? What is broken, whose is it, since when?",
            ),
            Words(
                "Mỗi trạng thái có ký hiệu và chữ. *Không rõ* nghĩa là không đo được, không phải là hỏng.",
                "Each state has a symbol and a word. *Unknown* means that nobody could look, not that it is down.",
            ),
        ),
        Panel(
            kind="stat",
            title=Words("Kết nối dùng được", "Connections that work"),
            about=Words(
                "Phần hoạt động hoặc suy giảm trong số kết nối đã biết trạng thái, ngoài lúc bảo trì.",
                "Up or degraded, of those whose state is known and that are in no planned window.",
            ),
            queries=(Query(expr=SHARE, is_instant=True),),
            unit="percentunit",
            steps=((None, RED), (0.95, YELLOW), (0.99, GREEN)),
            width=4,
            height=4,
        ),
        connections_by_state(CHOSEN, width=8),
        systems_by_state(CHOSEN, width=8),
        Panel(
            kind="stat",
            title=Words("Bộ giám sát", "Monitors"),
            about=Words(
                "Nếu bộ giám sát không trả lời, mọi trạng thái trên trang này đều cũ.",
                "While monitors do not answer, what this page says is old.",
            ),
            queries=(
                Query(expr=f"sum({MONITORS})", legend=Words("● trả lời", "● answer"), colour=GREEN, is_instant=True),
                Query(
                    expr=f"count({MONITORS} == 0) or 0 * count({MONITORS})",
                    legend=Words("✕ im lặng", "✕ silent"),
                    colour=RED,
                    is_instant=True,
                ),
            ),
            width=4,
            height=4,
        ),
        broken_connections(Words("Kết nối hỏng và ai phải xử lý", "Broken connections and who has to act"), CHOSEN),
        broken_systems(Words("Hệ thống hỏng hoặc suy giảm", "Systems down or degraded"), CHOSEN, width=14),
        Panel(
            kind="table",
            title=Words("Các trục kết nối", "Hubs"),
            queries=(
                Query(
                    expr='min by (at) (system:owner:info{kind="hub"}'
                    " * on (agency, target) group_left () system:status:min)",
                    legend=STATE,
                    unit=STATUS,
                ),
                Query(
                    expr=f"hub:connections:count or 0 * {HUBS}",
                    legend=Words("Kết nối đi qua", "Connections"),
                    unit="none",
                ),
                Query(
                    expr=f"hub:connections_broken:count or 0 * {HUBS}",
                    legend=Words("✕ Hỏng tại trục", "✕ Broken at it"),
                    unit="none",
                ),
            ),
            width=10,
            links={"at": "hub"},
            sort=Words("✕ Hỏng tại trục", "✕ Broken at it"),
            is_descending=True,
        ),
        Panel(
            kind="table",
            title=Words("Các cơ quan và kết nối của họ", "Agencies and their connections"),
            queries=(
                Query(expr=agency_names(CHOSEN)),
                *(_of_each(state) for state in ("down", "degraded", "unknown", "up")),
                Query(
                    expr=f"agency:availability:ratio_rate30d{{{CHOSEN}}}",
                    legend=Words("Sẵn sàng 30 ngày", "Available, 30 days"),
                    unit="percentunit",
                ),
            ),
            width=24,
            height=10,
            links={"agency": "agency"},
            sort=STATES["down"],
            is_descending=True,
        ),
        Panel(
            kind="timeseries",
            title=Words("Kết nối hỏng, theo bên phải xử lý", "Broken connections by who has to act"),
            none=NOTHING_BROKEN,
            queries=(Query(expr=f"count by (domain) (connection:fault:owner{{{CHOSEN}}})", legend="{{domain}}"),),
            is_stacked=True,
        ),
        Panel(
            kind="timeseries",
            title=Words("Tỷ lệ sẵn sàng thấp nhất, theo cơ quan", "Lowest availability by agency"),
            about=Words("Mười cơ quan thấp nhất, trong 5 phút.", "The ten lowest agencies, over 5 minutes."),
            queries=(Query(expr=f"bottomk(10, agency:availability:ratio_rate5m{{{CHOSEN}}})", legend="{{agency}}"),),
            unit="percentunit",
            steps=NINES,
        ),
        Panel(
            kind="timeseries",
            title=Words("Tỷ lệ thời gian không rõ, theo cơ quan", "Share of time unknown by agency"),
            about=Words("Mười cơ quan cao nhất, trong 5 phút.", "The ten highest agencies, over 5 minutes."),
            queries=(Query(expr=f"topk(10, agency:unknown:ratio_rate5m{{{CHOSEN}}})", legend="{{agency}}"),),
            unit="percentunit",
            width=24,
        ),
    ),
)
