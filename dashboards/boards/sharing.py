"""Sharing of data."""

from dashboards.board import Board
from dashboards.boards.common import LINKED
from dashboards.panel import Panel, question
from dashboards.query import Query
from dashboards.units import SINCE, STATUS
from dashboards.variables import AGENCIES
from dashboards.words import Words

CHOSEN = 'agency=~"$agency"'
CALLS = 'datashare_exchange_transactions_total{consumer=~"($agency)(/.*)?"}'
LAST_CALL = "max by (connection) (datashare_exchange_last_call_timestamp_seconds)"
LIVE = f'connection:owner:info{{{CHOSEN}, stage="live"}}'
DORMANT = f"({LIVE} and on (connection) ({LAST_CALL} < time() - 30 * 86400))"
FRESHNESS = "max by (agency, target) (datashare_freshness_objective_seconds)"
AGE, OBJECTIVE, HELD = Words("Tuổi", "Age"), Words("Mục tiêu", "Objective"), Words("Đã có", "Held")
CALLS_WORD, LAST = Words("Số giao dịch", "Transactions"), Words("Lần gọi cuối", "Last call")


def _calls(by: str, of: str) -> str:
    """Return a function of the counts of calls; two replicas of the monitor count the same ones."""
    return f"sum by ({by}) (max by (agency, target, check, consumer, service, outcome) ({of}))"


USE = (
    Panel(
        kind="table",
        title=Words("Bên khai thác × bên cung cấp", "Consumer × provider"),
        about=Words("Kết nối kém nhất giữa hai bên.", "The worst connection between the two."),
        queries=(
            Query(
                expr="min by (consumer, provider)"
                f" (connection:owner:info{{{CHOSEN}}} * on (agency, target) group_left () connection:status:min)",
            ),
        ),
        matrix=("consumer", "provider"),
        unit=STATUS,
        width=24,
        height=10,
    ),
    Panel(
        kind="timeseries",
        title=Words("Giao dịch theo kết quả", "Transactions by outcome"),
        queries=(Query(expr=_calls("outcome", f"rate({CALLS}[$__rate_interval])"), legend="{{outcome}}"),),
        unit="ops",
        is_stacked=True,
    ),
    Panel(
        kind="table",
        title=Words("Giao dịch trong khoảng đang xem", "Transactions in the time shown"),
        about=Words("Hai trăm dòng nhiều nhất.", "The two hundred largest."),
        queries=(
            Query(
                expr=f"topk(200, {_calls('consumer, service, outcome', f'increase({CALLS}[$__range])')})",
                legend=CALLS_WORD,
                unit="short",
            ),
        ),
        sort=CALLS_WORD,
        is_descending=True,
    ),
    Panel(
        kind="table",
        title=Words("Kết nối không ai dùng từ 30 ngày", "Connections that nobody has used for 30 days"),
        none=Words("● Không có, hoặc chưa đếm lần gọi nào", "● None, or no call has been counted yet"),
        queries=(
            Query(
                expr=f"{DORMANT} * 0 + on (connection) group_left () {LAST_CALL} * 1000",
                legend=LAST,
                unit=SINCE,
            ),
        ),
        width=24,
        links=LINKED,
        sort=LAST,
    ),
)
QUALITY = (
    Panel(
        kind="table",
        title=Words("Dữ liệu cũ hơn mục tiêu", "Data older than the objective"),
        none=Words("● Không có dữ liệu cũ", "● No data are stale"),
        queries=(
            Query(expr=f"target:freshness:seconds{{{CHOSEN}}} > on (agency, target) {FRESHNESS}", legend=AGE, unit="s"),
            Query(
                expr=f"{FRESHNESS} < on (agency, target) target:freshness:seconds{{{CHOSEN}}}",
                legend=OBJECTIVE,
                unit="s",
            ),
        ),
        links={"agency": "agency"},
        sort=AGE,
        is_descending=True,
    ),
    Panel(
        kind="table",
        title=Words("Độ đầy đủ", "Completeness"),
        queries=(
            Query(
                expr=f"min by (agency, target) (datashare_exchange_completeness_ratio{{{CHOSEN}}})",
                legend=HELD,
                unit="percentunit",
            ),
            Query(
                expr=f"max by (agency, target) (datashare_completeness_objective_ratio{{{CHOSEN}}})",
                legend=OBJECTIVE,
                unit="percentunit",
            ),
        ),
        links={"agency": "agency"},
        sort=HELD,
    ),
    Panel(
        kind="timeseries",
        title=Words("Tuổi của dữ liệu, già nhất", "Oldest data"),
        queries=(Query(expr=f"topk(10, target:freshness:seconds{{{CHOSEN}}})", legend="{{agency}}/{{target}}"),),
        unit="s",
    ),
    Panel(
        kind="timeseries",
        title=Words("Bản ghi chờ gửi, nhiều nhất", "Longest backlogs of records"),
        queries=(
            Query(
                expr=f"topk(10, max by (agency, target) (datashare_exchange_backlog_records{{{CHOSEN}}}))",
                legend="{{agency}}/{{target}}",
            ),
        ),
    ),
)

SHARING = Board(
    id="sharing",
    title=Words("Chia sẻ dữ liệu", "Data sharing"),
    variables=(AGENCIES,),
    panels=(
        question(
            Words(
                "Ai khai thác dữ liệu của ai, có thành công không, dữ liệu có mới và đủ không?",
                "Who uses whose data, do the calls succeed, are the data fresh and complete?",
            ),
            Words(
                "Chỉ có số liệu nơi có kiểm tra đếm giao dịch hoặc bản ghi.",
                "There are figures only where a check counts transactions or records.",
            ),
        ),
        *USE,
        *QUALITY,
    ),
)
