"""One agency."""

from dashboards.board import Board
from dashboards.boards.common import (
    NINES,
    broken_connections,
    broken_systems,
    connections_by_state,
    since,
    systems_by_state,
)
from dashboards.panel import Panel, question
from dashboards.query import Query
from dashboards.series import connection_state, connections
from dashboards.units import STATUS
from dashboards.variables import AGENCY
from dashboards.words import Words

ITS = 'agency="$agency"'
DURATIONS = f"rate(datashare_probe_latency_seconds_bucket{{{ITS}}}[$__rate_interval])"
P95 = f"histogram_quantile(0.95, sum by (probe, le) ({DURATIONS}))"

AGENCY_BOARD = Board(
    id="agency",
    title=Words("Cơ quan", "Agency"),
    variables=(AGENCY,),
    panels=(
        question(
            Words(
                "Hệ thống và kết nối của cơ quan này có hoạt động không, và lỗi ở đâu?",
                "Do the systems and connections of this agency work, and where are the faults?",
            ),
            Words(
                "Cột *Bên phải xử lý* nói lỗi thuộc về cơ quan, trục, bên cung cấp hay mạng.",
                "*Who has to act* says whether a fault is the agency's, a hub's, a provider's or the network's.",
            ),
        ),
        connections_by_state(ITS),
        systems_by_state(ITS),
        broken_connections(Words("Kết nối hỏng", "Broken connections"), ITS),
        broken_systems(Words("Hệ thống hỏng hoặc suy giảm", "Systems down or degraded"), ITS),
        Panel(
            kind="table",
            title=Words("Mọi kết nối", "All connections"),
            queries=since(connections(ITS), connection_state(ITS)),
            width=24,
            links={"target": "own connection"},
            hidden=("agency",),
        ),
        Panel(
            kind="state-timeline",
            title=Words("Hệ thống theo thời gian", "Systems over time"),
            queries=(Query(expr=f"system:status:min{{{ITS}}}", legend="{{target}}"),),
            unit=STATUS,
        ),
        Panel(
            kind="timeseries",
            title=Words("Lý do thất bại", "Reasons of failures"),
            none=Words("● Không có thất bại", "● No failures"),
            queries=(
                Query(
                    expr=f"sum by (reason) (rate(datashare_probe_failure_reasons_total{{{ITS}}}[$__rate_interval]))",
                    legend="{{reason}}",
                ),
            ),
            unit="ops",
            is_stacked=True,
        ),
        Panel(
            kind="timeseries",
            title=Words("Độ trễ, phân vị 95, theo cách kiểm tra", "Latency, 95th percentile, by kind of probe"),
            queries=(Query(expr=P95, legend="{{probe}}"),),
            unit="s",
        ),
        Panel(
            kind="timeseries",
            title=Words("Tỷ lệ sẵn sàng và không rõ", "Availability and share unknown"),
            queries=(
                Query(expr=f"agency:availability:ratio_rate5m{{{ITS}}}", legend=Words("Sẵn sàng", "Available")),
                Query(expr=f"agency:unknown:ratio_rate5m{{{ITS}}}", legend=Words("Không rõ", "Unknown")),
            ),
            unit="percentunit",
            steps=NINES,
        ),
    ),
)
