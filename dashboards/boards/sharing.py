"""Sharing of data."""

from dashboards.board import Board
from dashboards.boards.common import LINKED
from dashboards.panel import Panel, question
from dashboards.query import Query
from dashboards.series import LIVE, completeness, connection_state, connections, objective
from dashboards.units import SINCE, STATUS
from dashboards.variables import AGENCIES
from dashboards.words import Words

CHOSEN = 'agency=~"$agency"'
ASKING = 'consumer=~"($agency)(/.*)?"'
DORMANT = f"connection:dormant:seconds{{{CHOSEN}}}"
DROPPED = f"max by (agency, target) (connection:calls_dropped:ratio1h{{{CHOSEN}}})"
FAILING = f"topk(200, connection:calls_failing:ratio1h{{{CHOSEN}}})"
LEAST_COMPLETE = f"bottomk(200, {completeness(CHOSEN)})"
STALE = f"target:stale:seconds{{{CHOSEN}}}"
AGE, OBJECTIVE, HELD = Words("Tuổi", "Age"), Words("Mục tiêu", "Objective"), Words("Đã có", "Held")
CALLS_WORD, UNCALLED = Words("Số giao dịch", "Transactions"), Words("Không có lượt gọi từ", "No call since")
OF_LAST_WEEK, FAILED = Words("So với tuần trước", "Of last week's"), Words("Bị lỗi", "Failed")
NO_STALE = Words("● Không có dữ liệu cũ", "● No data are stale")
ENDED = {
    "ok": Words("thành công", "succeeded"),
    "server_error|timeout": Words("lỗi do bên cung cấp", "failed by the provider"),
    "client_error|throttled": Words("lỗi do bên khai thác", "failed by the consumer"),
}
SIDES = {
    "provider": Words("Do bên cung cấp", "By the provider"),
    "consumer": Words("Do bên khai thác", "By the consumer"),
}


FAILURES = f'datashare_exchange_transactions_total{{{ASKING}, outcome!="ok"}}'


def _failed(failures: str) -> str:
    """Return how many calls of each pair had failed, since they are counted."""
    each = "agency, target, check, consumer, service, outcome"
    return f"sum by (consumer, service) (max by ({each}) ({failures}))"


MOST_CALLS = (
    f"topk(200, max by (consumer, provider) (sum_over_time(connection:calls:increase1h{{{ASKING}}}[$__range:1h])))"
)
NOW, THEN = _failed(FAILURES), _failed(f"last_over_time({FAILURES}[1h] offset $__range)")
FAILED_CALLS = f'label_replace({NOW} - {THEN} >= 0 or {NOW}, "provider", "$1", "service", "(.+)")'
"""Of counters that began anew since then, or were not there yet, it is all that they show."""
USE = (
    Panel(
        kind="table",
        title=Words("Bên khai thác × bên cung cấp", "Consumer × provider"),
        about=Words("Kết nối kém nhất giữa hai bên.", "The worst connection between the two."),
        queries=(
            Query(
                expr=f"min by (consumer, provider) (datashare_connection_info{{{CHOSEN}}}"
                f" * on (agency, target) group_left () {connection_state(CHOSEN).now})",
            ),
        ),
        matrix=("consumer", "provider"),
        unit=STATUS,
        width=24,
        height=10,
    ),
    Panel(
        kind="timeseries",
        title=Words("Giao dịch của giờ trước đó theo kết quả", "Transactions of the hour before, by outcome"),
        queries=tuple(
            Query(expr=f'sum(consumer:calls:increase1h{{{ASKING}, outcome=~"{outcomes}"}})', legend=words)
            for outcomes, words in ENDED.items()
        ),
        is_stacked=True,
    ),
    Panel(
        kind="table",
        title=Words("Giao dịch trong khoảng đang xem", "Transactions in the time shown"),
        about=Words(
            "Hai trăm cặp nhiều nhất; số giao dịch tính theo từng giờ tròn.",
            "The two hundred largest pairs; transactions by whole hours.",
        ),
        queries=(
            Query(expr=MOST_CALLS, legend=CALLS_WORD, unit="short"),
            Query(
                expr=f"max by (consumer, provider) ({FAILED_CALLS} and on (consumer, provider) {MOST_CALLS})",
                legend=FAILED,
                unit="short",
            ),
        ),
        sort=CALLS_WORD,
        is_descending=True,
    ),
    Panel(
        kind="table",
        title=Words("Lượt gọi giảm mạnh", "Calls that have dropped"),
        about=Words(
            "Giờ qua so với cùng giờ tuần trước; không tính lúc kết nối gián đoạn hoặc bảo trì.",
            "The last hour beside that of last week; what was down or in a planned window is left out.",
        ),
        none=Words("● Không có, hoặc tuần trước chưa đến 100 lượt gọi", "● None, or fewer than 100 calls a week ago"),
        queries=(Query(expr=DROPPED, legend=OF_LAST_WEEK, unit="percentunit"),),
        links=LINKED,
        sort=OF_LAST_WEEK,
    ),
    Panel(
        kind="table",
        title=Words("Lượt gọi lỗi quá mục tiêu trong giờ qua", "Calls that failed more than they may in the last hour"),
        about=Words(
            "Hai trăm kết nối kém nhất: tỷ lệ lỗi, mức cho phép, và số lượt lỗi do mỗi bên.",
            "The two hundred worst connections: what failed, what may, and how many calls each side is to blame for.",
        ),
        none=Words(
            "● Không có, hoặc không nơi nào đếm, hoặc không có mục tiêu", "● None, or nobody counts, or no objective"
        ),
        queries=(
            Query(expr=FAILING, legend=FAILED, unit="percentunit"),
            Query(
                expr=f"1 - {objective(CHOSEN, 'success')} and on (agency, target) {FAILING}",
                legend=Words("Cho phép", "May fail"),
                unit="percentunit",
            ),
            *(
                Query(
                    expr=f'max by (agency, target) (connection:calls_failed:increase1h{{{CHOSEN}, domain="{domain}"}})'
                    f" and on (agency, target) {FAILING}",
                    legend=side,
                    unit="short",
                )
                for domain, side in SIDES.items()
            ),
        ),
        links=LINKED,
        sort=FAILED,
        is_descending=True,
    ),
    Panel(
        kind="table",
        title=Words("Kết nối không ai dùng từ 30 ngày", "Connections that nobody has used for 30 days"),
        about=Words(
            "Đã đưa vào sử dụng từ hơn 30 ngày. Nếu chưa có lượt gọi nào: từ khi bắt đầu đếm.",
            "Live for more than 30 days. Where there never was a call, since calls are counted.",
        ),
        none=Words("● Không có, hoặc không nơi nào đếm lượt gọi", "● None, or nobody counts calls"),
        queries=(
            Query(
                expr=f"{connections(CHOSEN, stage=LIVE, among=DORMANT)} * 0"
                f" + on (agency, target) group_left () (time() - {DORMANT}) * 1000",
                legend=UNCALLED,
                unit=SINCE,
            ),
        ),
        width=24,
        links=LINKED,
        sort=UNCALLED,
    ),
)
QUALITY = (
    Panel(
        kind="table",
        title=Words("Dữ liệu cũ hơn mục tiêu", "Data older than the objective"),
        none=NO_STALE,
        queries=(
            Query(expr=STALE, legend=AGE, unit="s"),
            Query(
                expr=f"{objective(CHOSEN, 'freshness')} and on (agency, target) {STALE}",
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
        about=Words("Hai trăm dòng thấp nhất.", "The two hundred lowest."),
        queries=(
            Query(expr=LEAST_COMPLETE, legend=HELD, unit="percentunit"),
            Query(
                expr=f"{objective(CHOSEN, 'completeness')} and on (agency, target) {LEAST_COMPLETE}",
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
        about=Words("Của dữ liệu cũ hơn mục tiêu.", "Of data that are older than their objective."),
        none=NO_STALE,
        queries=(Query(expr=f"topk(10, {STALE})", legend="{{agency}}/{{target}}"),),
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
