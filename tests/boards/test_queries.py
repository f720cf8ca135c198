"""Every query of every dashboard, and every rule, runs on a real Prometheus and finds something."""

import json
import time
import urllib.parse

import pytest
from boards.committed import PATHS, filled, name, panel_queries, read, table_queries, variable_queries, variables
from boards.past import at_a_full_hour
from deploy.rules import rules
from end_to_end.daemon import fetch

from dashboards.series import availability, budget_left, connection_state
from monitor.demo.connections import OLD_HUB

pytestmark = [pytest.mark.services, pytest.mark.timeout(180)]

WITHIN_SECONDS = 75
BUILT_IN = {"$__rate_interval": "30s", "$__range": "1h"}
OF_THE_EXAMPLE = {"agency": "vi-du", "connection": "qua-truc", "hub": "vi-du/truc"}


def ask(source, query):
    """Return what Prometheus finds; refuses an error and a warning."""
    status, body = fetch(f"{source}/api/v1/query?{urllib.parse.urlencode({'query': query})}")
    answer = json.loads(body)
    assert status == 200, f"{answer['error']}\n{query}"
    assert "warnings" not in answer, f"{answer['warnings']}\n{query}"
    return answer["data"]["result"]


def everything_found(source, queries):
    """Ask until every query has found something, or time is over; return where those are that have not."""
    left, end = set(queries.values()), time.monotonic() + WITHIN_SECONDS
    while left and time.monotonic() < end:
        left = {query for query in left if not ask(source, query)}
        time.sleep(0.2)
    without = sorted(where for where, query in queries.items() if query in left)
    print(f"{len(queries)} queries ran, {len(queries) - len(without)} found something")
    return without


def chosen(source, board, **wanted):
    """Return a value for each variable: what is wanted, else all, else what follows from the others."""
    values = dict(BUILT_IN)
    for variable in variables(board):
        name = f"${variable['name']}"
        if variable["type"] != "query":
            continue
        if variable["includeAll"]:
            values[name] = variable["allValue"]
        elif variable["name"] in wanted:
            values[name] = wanted[variable["name"]]
        else:
            assert variable["hide"] == 2, f"nothing is chosen for {name}"
            ((query, label),) = (
                (filled(query, values), label)
                for one, query, label in variable_queries(board)
                if one == variable["name"]
            )
            (values[name],) = {one["metric"][label] for one in ask(source, query)}
    return values


def wait_for_the_inventory(source):
    """Wait until the variables have something to offer."""
    left = everything_found(source, {one: f'system:owner:info{{at="{one}"}}' for one in ("vi-du/truc", OLD_HUB)})
    left += everything_found(source, {"connection": 'datashare_connection_info{target="qua-truc"}'})
    assert left == []


def queries_of(source, board, where, **wanted):
    values = chosen(source, board, **wanted)
    found = {f"{where}, ${one}": query for one, query, _ in variable_queries(board)}
    found |= {f"{where}, {title}": query for title, query in panel_queries(board)}
    return {place: filled(query, values) for place, query in found.items()}


def test_the_hub_that_falls_in_the_scenario_is_on_its_dashboard(source):
    wait_for_the_inventory(source)
    (path,) = (path for path in PATHS if name(path) == "en/hub")

    assert everything_found(source, queries_of(source, read(path), name(path), hub=OLD_HUB)) == []
    assert everything_found(source, {"broken": f'hub:connections_broken:count{{at="{OLD_HUB}"}} >= 1'}) == []


def test_every_query_of_a_dashboard_finds_something(source):
    wait_for_the_inventory(source)
    queries = {}
    for path in PATHS:
        queries |= queries_of(source, read(path), name(path), **OF_THE_EXAMPLE)

    left = everything_found(source, queries)

    assert left == [], "\n".join(left)


def test_a_table_names_or_leaves_out_every_label_that_it_is_given(source):
    wait_for_the_inventory(source)
    for path in PATHS:
        board = read(path)
        values = chosen(source, board, **OF_THE_EXAMPLE)
        for title, query, known in table_queries(board):
            found = {label for one in ask(source, filled(query, values)) for label in one["metric"]}
            assert found <= known, f"{name(path)}, {title}"


@pytest.mark.parametrize(
    ("target", "expression"),
    [
        ("kho", "{left} == 1"),
        ("hong", "{left} < 1"),
        ("suy-giam", "{availability} == 1 unless {left}"),
        ("khong-ro", "{state} == -1 unless {availability}"),
    ],
)
def test_what_had_no_errors_is_told_from_what_nobody_looked_at(source, target, expression):
    its = f'agency="vi-du", target="{target}"'
    facts = {
        "availability": f"({availability(its)})",
        "left": budget_left(its),
        "state": connection_state(its).anyhow,
    }

    assert everything_found(source, {target: expression.format(**facts)}) == []


def test_a_connection_that_nobody_uses_is_told_whether_it_ever_was_used_or_not(source):
    queries = {one: f'connection:dormant:seconds{{agency="vi-du", target="{one}"}}' for one in ("it-dung", "chua-dung")}

    assert everything_found(source, queries) == []


def test_every_expression_of_a_rule_finds_something(source):
    queries = {
        f"{number} {rule.get('alert') or rule['record']}": at_a_full_hour(rule["expr"])
        for number, rule in enumerate(rules(), start=1)
    }

    left = everything_found(source, queries)

    assert left == [], "\n".join(left)
