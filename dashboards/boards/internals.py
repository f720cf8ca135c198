"""The monitor itself."""

from dashboards.board import Board
from dashboards.panel import Panel, question
from dashboards.query import Query
from dashboards.units import WELL
from dashboards.words import Words

RATE = "[$__rate_interval]"
FIRING = 'ALERTS{alertstate="firing", domain="monitor", alertname!="Watchdog"}'
NO_ERRORS = Words("● Không có lỗi", "● No errors")


def _p99(name: str) -> str:
    return f"histogram_quantile(0.99, sum by (instance, le) (rate({name}_bucket{RATE})))"


def _sums(label: str, *names: str) -> tuple[Query, ...]:
    """Return how often each of some counters of the monitor goes up, by a label."""
    return tuple(
        Query(expr=f"sum by ({label}) (rate(datashare_monitor_{name}_total{RATE}))", legend=f"{name} {{{{{label}}}}}")
        for name in names
    )


def _lines(vi: str, en: str, *queries: Query, unit: str = "short", none: Words | None = None) -> Panel:
    return Panel(kind="timeseries", title=Words(vi, en), queries=queries, unit=unit, none=none)


HEALTH = (
    Panel(
        kind="table",
        title=Words("Các bộ giám sát", "Monitors"),
        about=Words(
            "Ô trống là không biết, chẳng hạn vì bộ giám sát không trả lời hoặc không giữ lịch sử."
            " Các phần được đếm từ 0; thiếu một phần thì không ai quan sát phần đó.",
            "Nothing in a cell means not known: the monitor does not answer, or keeps no history."
            " Shards are counted from 0; what belongs to one that is missing nobody watches.",
        ),
        queries=(
            Query(
                expr='max by (instance) (up{job="datashare-monitor"})', legend=Words("Trả lời", "Answers"), unit=WELL
            ),
            Query(
                expr="min by (instance) (datashare_monitor_network_up)",
                legend=Words("Mạng của nó", "Its network"),
                unit=WELL,
            ),
            Query(
                expr="min by (instance) (datashare_monitor_config_last_reload_successful)",
                legend=Words("Cấu hình mới nhất", "Newest configuration"),
                unit=WELL,
            ),
            Query(
                expr="min by (instance) (datashare_monitor_history_up)", legend=Words("Lịch sử", "History"), unit=WELL
            ),
            Query(expr="max by (instance) (datashare_monitor_shard)", legend=Words("Phần", "Shard"), unit="none"),
            Query(
                expr="max by (instance) (datashare_monitor_shards)", legend=Words("Số phần", "Of shards"), unit="none"
            ),
            Query(expr="max by (instance, version, python) (datashare_build_info)"),
        ),
        height=6,
    ),
    Panel(
        kind="table",
        title=Words("Cảnh báo về hệ thống giám sát", "Alerts about the monitor"),
        none=Words("● Không có cảnh báo", "● No alert"),
        queries=(Query(expr=f"max by (alertname, severity, instance, agency, target) ({FIRING})"),),
        height=6,
    ),
)
COURSE = (
    _lines(
        "Bắt đầu trễ, phân vị 99",
        "Start lateness, 99th percentile",
        Query(expr=_p99("datashare_monitor_start_lateness_seconds"), legend="{{instance}}"),
        unit="s",
    ),
    _lines(
        "Vòng lặp sự kiện chậm, phân vị 99",
        "Event loop lag, 99th percentile",
        Query(expr=_p99("datashare_monitor_loop_lag_seconds"), legend="{{instance}}"),
        unit="s",
    ),
    _lines(
        "Lượt đang chạy, đang chờ và giới hạn",
        "Runs in flight, waiting, and the limit",
        Query(
            expr="datashare_monitor_runs_in_flight", legend=Words("đang chạy {{instance}}", "in flight {{instance}}")
        ),
        Query(expr="datashare_monitor_runs_waiting", legend=Words("đang chờ {{instance}}", "waiting {{instance}}")),
        Query(
            expr="datashare_monitor_runs_in_flight_limit", legend=Words("giới hạn {{instance}}", "limit {{instance}}")
        ),
    ),
    _lines(
        "Lượt bị bỏ, theo lý do",
        "Runs skipped by reason",
        Query(expr=f"sum by (reason) (rate(datashare_monitor_runs_skipped_total{RATE}))", legend="{{reason}}"),
        unit="ops",
        none=Words("● Không bỏ lượt nào", "● None are skipped"),
    ),
    _lines(
        "Lỗi của plugin",
        "Errors of plugins",
        *_sums("plugin", "plugin_errors", "readings_refused", "series_dropped", "workers_killed"),
        unit="ops",
        none=NO_ERRORS,
    ),
    _lines(
        "Lỗi của nơi nhận, lịch sử và truy cập bị từ chối",
        "Errors of sinks and of the history, requests refused",
        *_sums("sink", "sink_errors"),
        *_sums("error", "history_errors"),
        *_sums("reason", "web_refused"),
        unit="ops",
        none=NO_ERRORS,
    ),
    _lines("Mẫu trên /metrics", "Samples on /metrics", Query(expr="datashare_monitor_samples", legend="{{instance}}")),
    _lines(
        "Chờ ghi vào lịch sử",
        "Waiting to be written to the history",
        Query(expr="datashare_monitor_history_waiting", legend="{{instance}}"),
    ),
    _lines(
        "Bộ xử lý, số nhân",
        "Processor, in cores",
        Query(expr=f'rate(process_cpu_seconds_total{{job="datashare-monitor"}}{RATE})', legend="{{instance}}"),
    ),
    _lines(
        "Bộ nhớ",
        "Memory",
        Query(expr='process_resident_memory_bytes{job="datashare-monitor"}', legend="{{instance}}"),
        unit="bytes",
    ),
)

INTERNALS = Board(
    id="monitor",
    title=Words("Bên trong hệ thống giám sát", "Monitor internals"),
    hours=6,
    panels=(
        question(
            Words("Có thể tin những gì hệ thống giám sát nói không?", "Can what the monitor says be trusted?"),
            Words(
                "Chạy trễ, bỏ lượt hay mất mạng của chính nó làm trạng thái thành *không rõ*.",
                "Late starts, skipped runs or a lost network of its own turn states into *unknown*.",
            ),
        ),
        *HEALTH,
        *COURSE,
    ),
)
