"""Certificates."""

from dashboards.board import Board
from dashboards.panel import Panel, question
from dashboards.query import Query
from dashboards.series import certificate_left, select
from dashboards.units import BLUE, GREEN, RED, YELLOW
from dashboards.variables import AGENCIES
from dashboards.words import Words

CHOSEN = 'agency=~"$agency"'
DAY = 86400
WITHIN = (
    (0, Words("✕ Đã hết hạn", "✕ Expired"), RED),
    (1, Words("▲ Trong 1 ngày", "▲ Within 1 day"), RED),
    (7, Words("▲ Trong 7 ngày", "▲ Within 7 days"), YELLOW),
    (14, Words("Trong 14 ngày", "Within 14 days"), YELLOW),
    (30, Words("Trong 30 ngày", "Within 30 days"), BLUE),
)
LEFT = Words("Còn lại", "Left")
LEADING = 'datashare_connection_info{provider=~"($agency)(/.*)?"}'


def _its(expression: str, anybody: str) -> str:
    """Return what is asked of the agencies that are chosen, and of all connections to their systems."""
    return f"({expression} or ({anybody} and on (agency, target) {LEADING}))"


EXPIRY, RECORDED = "datashare_probe_ssl_earliest_cert_expiry", "target:certificate_ending:seconds"
KNOWN = _its(select(EXPIRY, CHOSEN), EXPIRY)
NEXT = f"bottomk(500, {_its(certificate_left(CHOSEN), certificate_left(''))})"
ENDING = _its(select(RECORDED, CHOSEN), RECORDED)
LED = f"datashare_connection_info and on (agency, target) {NEXT}"
OWNED = (
    f"max by (agency, target, owner, domain) (system:owner:info{{{CHOSEN}}})"
    " or max by (agency, target, owner, domain) ("
    f'max by (agency, target, at) (label_replace({LED}, "at", "$1", "provider", "(.+)"))'
    " * on (at) group_left (owner, domain) system:owner:info)"
    # Where that is an agency, or a system that nobody here knows, whoever owns the connection.
    " or on (agency, target) max by (agency, target, owner, domain) ("
    f'label_replace({LED}, "domain", "provider", "", ""))'
)

CERTIFICATES = Board(
    id="certificates",
    title=Words("Chứng thư", "Certificates"),
    variables=(AGENCIES,),
    panels=(
        question(
            Words(
                "Chứng thư nào sắp hết hạn, và ai phải gia hạn?", "Which certificates expire soon, and who renews them?"
            ),
            Words(
                "Tính từ chứng thư hết hạn sớm nhất của mỗi đích; gồm cả kết nối đến hệ thống của cơ quan.",
                "Each target counts by its certificate that ends first; so do connections to the agency's systems.",
            ),
        ),
        Panel(
            kind="stat",
            title=Words("Bao nhiêu đích", "How many targets"),
            queries=tuple(
                Query(
                    expr=f"count({ENDING} < {days * DAY}) or 0 * count({KNOWN})",
                    legend=words,
                    colour=colour,
                    is_instant=True,
                )
                for days, words, colour in WITHIN
            ),
            width=24,
            height=4,
        ),
        Panel(
            kind="table",
            title=Words("Thời gian còn lại và đầu mối", "Time left and contact"),
            about=Words("Năm trăm đích hết hạn sớm nhất.", "The five hundred targets that end first."),
            queries=(
                Query(
                    expr=f"({OWNED}) * 0 + on (agency, target) group_left () {NEXT}",
                    legend=LEFT,
                    unit="s",
                ),
            ),
            width=24,
            height=12,
            links={"agency": "agency"},
            steps=((None, RED), (7 * DAY, YELLOW), (30 * DAY, GREEN)),
            sort=LEFT,
        ),
        Panel(
            kind="timeseries",
            title=Words("Thời gian còn lại, ngắn nhất", "Shortest time left"),
            about=Words(
                "Hai mươi đích, trong 30 ngày cuối.", "Twenty targets, in the last 30 days of their certificates."
            ),
            none=Words("● Không chứng thư nào hết hạn trong 30 ngày", "● No certificate expires within 30 days"),
            queries=(Query(expr=f"bottomk(20, {ENDING})", legend="{{agency}}/{{target}}"),),
            unit="s",
            width=24,
        ),
    ),
)
