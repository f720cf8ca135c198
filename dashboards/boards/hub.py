"""One hub."""

from dashboards.board import Board
from dashboards.boards.common import LINKED, broken_connections, one_state, since
from dashboards.panel import Panel, question
from dashboards.query import Query
from dashboards.series import connection_state, connections, system_state
from dashboards.units import RED, STATUS
from dashboards.variables import HUB, follows
from dashboards.words import Words

ITSELF = 'system:owner:info{kind="hub", at="$hub"}'
ITS = 'agency="$hub_agency", target="$hub_target"'
THROUGH_IT = connections(path='via=~"(.+,)?$hub(,.+)?"', stage='stage!~"suspended|retired"')

HUB_BOARD = Board(
    id="hub",
    title=Words("Trục kết nối", "Hub"),
    variables=(HUB, follows("hub_agency", "agency", ITSELF), follows("hub_target", "target", ITSELF)),
    panels=(
        question(
            Words(
                "Trục này có hoạt động không, và bao nhiêu kết nối phụ thuộc vào nó đang hỏng?",
                "Does this hub work, and how many of the connections through it are broken?",
            ),
            Words(
                "*Hỏng tại trục* là lỗi của trục; các kết nối còn lại đi qua trục có thể hỏng vì lý do khác.",
                "*Broken at the hub* is the hub's fault; others that pass through it may be broken for other reasons.",
            ),
        ),
        *one_state(system_state(ITS)),
        Panel(
            kind="stat",
            title=Words("Kết nối đi qua", "Connections through it"),
            queries=(
                Query(expr='hub:connections:count{at="$hub"}', legend=Words("tất cả", "all"), is_instant=True),
                Query(
                    expr='hub:connections_broken:count{at="$hub"} or hub:connections:count{at="$hub"} * 0',
                    legend=Words("✕ hỏng tại trục", "✕ broken at the hub"),
                    colour=RED,
                    is_instant=True,
                ),
            ),
            width=6,
            height=4,
        ),
        Panel(
            kind="table",
            title=Words("Đầu mối", "Contact"),
            queries=(Query(expr=ITSELF),),
            width=8,
            height=4,
            hidden=("agency", "target", "kind", "domain"),
        ),
        broken_connections(
            Words("Kết nối hỏng tại trục này", "Connections broken at this hub"), "", place='domain="hub", at="$hub"'
        ),
        Panel(
            kind="table",
            title=Words("Mọi kết nối đi qua trục", "All connections through the hub"),
            queries=since(THROUGH_IT, connection_state()),
            width=24,
            links=LINKED,
            hidden=("via",),
        ),
        Panel(
            kind="state-timeline",
            title=Words("Các kiểm tra của trục", "Checks of the hub"),
            queries=(Query(expr=f"min by (check) (datashare_check_status{{{ITS}}})", legend="{{check}}"),),
            unit=STATUS,
        ),
        Panel(
            kind="timeseries",
            title=Words("Thời gian trả lời", "Latency"),
            queries=(Query(expr=f"max by (check) (datashare_probe_duration_seconds{{{ITS}}})", legend="{{check}}"),),
            unit="s",
        ),
        Panel(
            kind="table",
            title=Words("Lý do của từng kiểm tra", "Reasons, check by check"),
            queries=(Query(expr=f"max by (check, reason) (datashare_check_reason{{{ITS}}} == 1)"),),
            none=Words("● Kiểm tra nào cũng tốt", "● Every check is well"),
            width=24,
            height=6,
        ),
    ),
)
