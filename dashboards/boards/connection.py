"""One connection."""

from dashboards.board import Board
from dashboards.boards.common import NINES, one_state, since
from dashboards.panel import Panel, question
from dashboards.query import Query
from dashboards.series import INFO, age, availability, connection_state, connections, objective, select, system_state
from dashboards.units import SINCE, STATUS
from dashboards.variables import AGENCY, CONNECTION, follows
from dashboards.words import STATES, Words

ITS = 'agency="$agency", target="$connection"'
ITS_INFO, ITS_STATE = select(INFO, ITS), connection_state(ITS)
CALLS = 'datashare_exchange_transactions_total{consumer="$consumer", service="$provider"}'


def _hub(place: int) -> str:
    """Return the hub of the connection at a place of its path, from 0; ``via`` names them with commas between."""
    before = "[^,]+," * place
    info = select(INFO, ITS, f'via=~"{before}.+"')
    return f'label_replace({info}, "at", "$1", "via", "{before}([^,]+).*")'


ON_ITS_WAY = " or ".join(
    (
        f'label_replace({ITS_INFO}, "at", "$1", "consumer", "(.+)")',
        *(_hub(place) for place in range(4)),
        f'label_replace({ITS_INFO}, "at", "$1", "provider", "(.+)")',
    )
)
OBJECTIVE, AGE = Words("mục tiêu", "objective"), Words("tuổi", "age")


def _calls(by: str, back: str = "") -> str:
    """Return calls per second; two replicas of the monitor count the same ones."""
    labels = "agency, target, check, consumer, service, outcome"
    return f"{by} (max by ({labels}) (rate({CALLS}[$__rate_interval]{back})))"


PATH = (
    *one_state(ITS_STATE),
    Panel(
        kind="stat",
        title=Words("Sẵn sàng 30 ngày", "Available, 30 days"),
        queries=(Query(expr=availability(ITS), is_instant=True),),
        unit="percentunit",
        steps=NINES,
        width=5,
        height=4,
    ),
    Panel(
        kind="table",
        title=Words("Hai đầu, đầu mối và giai đoạn", "Its ends, contact and stage"),
        queries=(
            Query(expr=connections(ITS)),
            Query(
                expr=f"max by (agency, target) (datashare_connection_due_timestamp_seconds{{{ITS}}}) * 1000",
                legend=Words("Thời hạn", "Due"),
                unit=SINCE,
            ),
        ),
        width=9,
        height=4,
        hidden=("agency", "target", "via"),
    ),
    Panel(
        kind="table",
        title=Words("Hỏng ở đâu và ai phải xử lý", "Where it is broken and who has to act"),
        queries=since(f"connection:fault:owner{{{ITS}}}", ITS_STATE),
        none=Words("● Không hỏng ở đâu", "● Broken nowhere"),
        height=7,
        hidden=("agency", "target"),
    ),
    Panel(
        kind="table",
        title=Words("Các hệ thống trên đường đi", "The systems on its path"),
        queries=since(f"(system:owner:info and on (at) ({ON_ITS_WAY}))", system_state()),
        height=7,
        hidden=("agency", "target", "tier"),
    ),
)
COURSE = (
    Panel(
        kind="state-timeline",
        title=Words("Các kiểm tra theo thời gian", "Its checks over time"),
        queries=(
            Query(expr=ITS_STATE.now, legend=Words("cả kết nối", "the whole connection")),
            Query(expr=f"min by (check) (datashare_check_status{{{ITS}}})", legend="{{check}}"),
        ),
        unit=STATUS,
    ),
    Panel(
        kind="table",
        title=Words("Lý do của từng kiểm tra", "Reasons, check by check"),
        queries=(Query(expr=f"max by (check, reason) (datashare_check_reason{{{ITS}}} == 1)"),),
        none=Words("● Kiểm tra nào cũng tốt", "● Every check is well"),
    ),
    Panel(
        kind="timeseries",
        title=Words("Thời gian trả lời và mục tiêu", "Latency and its objective"),
        queries=(
            Query(expr=f"max by (check) (datashare_probe_duration_seconds{{{ITS}}})", legend="{{check}}"),
            Query(
                expr=f"max by (percentile) (datashare_latency_objective_seconds{{{ITS}}})",
                legend=Words("mục tiêu {{percentile}}", "objective {{percentile}}"),
            ),
        ),
        unit="s",
    ),
    Panel(
        kind="timeseries",
        title=Words("Tuổi của dữ liệu và mục tiêu", "Age of the data and its objective"),
        queries=(
            Query(expr=age(ITS), legend=AGE),
            Query(expr=objective(ITS, "freshness"), legend=OBJECTIVE),
        ),
        unit="s",
    ),
    Panel(
        kind="timeseries",
        title=Words("Giao dịch theo kết quả, và tuần trước", "Transactions by outcome, and a week before"),
        about=Words(
            "Nơi có kiểm tra đếm giao dịch; cùng bên khai thác và bên cung cấp.",
            "Where a check counts them; of the same consumer and provider.",
        ),
        queries=(
            Query(expr=_calls("sum by (outcome)"), legend="{{outcome}}"),
            Query(expr=_calls("sum", " offset 1w"), legend=Words("tuần trước", "a week before")),
        ),
        unit="ops",
    ),
    Panel(
        kind="bargauge",
        title=Words("Thời gian ở mỗi trạng thái", "Time spent in each state"),
        queries=tuple(
            Query(
                expr=f'max(increase(datashare_connection_state_seconds_total{{{ITS}, state="{state}"}}[$__range]))',
                legend=words,
                is_instant=True,
            )
            for state, words in STATES.items()
        ),
        unit="s",
    ),
)

CONNECTION_BOARD = Board(
    id="connection",
    title=Words("Kết nối", "Connection"),
    variables=(
        AGENCY,
        CONNECTION,
        follows("consumer", "consumer", ITS_INFO),
        follows("provider", "provider", ITS_INFO),
    ),
    panels=(
        question(
            Words(
                "Kết nối này đi qua đâu, có hoạt động không, hỏng ở đâu, nhanh và mới đến mức nào?",
                "Which way does this connection go, does it work, where is it broken, how fast and how fresh is it?",
            ),
            Words(
                "Một kết nối ngừng khi một hệ thống trên đường đi ngừng.",
                "A connection is down while a system on its path is.",
            ),
        ),
        *PATH,
        *COURSE,
    ),
)
