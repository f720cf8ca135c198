"""Objectives and their error budgets."""

from dashboards.board import Board
from dashboards.panel import Panel, question
from dashboards.query import Query
from dashboards.series import budget_left
from dashboards.units import GREEN, PLAIN, RED, YELLOW
from dashboards.variables import AGENCIES
from dashboards.words import Words

CHOSEN = 'agency=~"$agency"'
RATE, LEFT = Words("Tốc độ tiêu quỹ", "Burn rate"), Words("Còn lại", "Left")
NO_ERRORS = Words("● Không có lỗi, hoặc không nơi nào được đo", "● No errors, or nothing was looked at")
BURNING = ((None, PLAIN), (1, YELLOW), (14.4, RED))

OBJECTIVES = Board(
    id="objectives",
    title=Words("Mục tiêu", "Objectives"),
    variables=(AGENCIES,),
    panels=(
        question(
            Words(
                "Ai còn bao nhiêu quỹ lỗi, và quỹ đang cạn nhanh đến mức nào?",
                "How much of whose error budget is left, and how fast does it burn?",
            ),
            Words(
                "Tốc độ 1 tiêu hết quỹ đúng trong 30 ngày; 14,4 tiêu hết trong 2 ngày.",
                "A rate of 1 spends the budget in exactly 30 days; 14.4 spends it in 2 days.",
            ),
        ),
        Panel(
            kind="table",
            title=Words("Cạn nhanh nhất lúc này", "Burning fastest now"),
            none=NO_ERRORS,
            queries=(
                Query(
                    expr=f"topk(50, max by (agency, target) (slo:current_burn_rate:ratio{{{CHOSEN}}}))",
                    legend=RATE,
                    unit="short",
                ),
            ),
            links={"agency": "agency"},
            steps=BURNING,
            sort=RATE,
            is_descending=True,
        ),
        Panel(
            kind="table",
            title=Words("Quỹ còn lại của 30 ngày, ít nhất trước", "Budget left of 30 days, least first"),
            queries=(
                Query(
                    expr=f"bottomk(50, {budget_left(CHOSEN)})",
                    legend=LEFT,
                    unit="percentunit",
                ),
            ),
            links={"agency": "agency"},
            steps=((None, RED), (0, YELLOW), (0.25, GREEN)),
            sort=LEFT,
        ),
        Panel(
            kind="timeseries",
            title=Words("Tỷ lệ lỗi trong 1 giờ, cao nhất", "Highest error ratios over 1 hour"),
            none=NO_ERRORS,
            queries=(Query(expr=f"topk(10, slo:sli_error:ratio_rate1h{{{CHOSEN}}})", legend="{{agency}}/{{target}}"),),
            unit="percentunit",
        ),
        Panel(
            kind="timeseries",
            title=Words("Tốc độ tiêu quỹ, cao nhất", "Highest burn rates"),
            none=NO_ERRORS,
            queries=(Query(expr=f"topk(10, slo:current_burn_rate:ratio{{{CHOSEN}}})", legend="{{agency}}/{{target}}"),),
            unit="none",
            steps=BURNING,
        ),
    ),
)
