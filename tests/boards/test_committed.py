"""Every committed dashboard is what ``build.py`` writes, and one that Grafana can show."""

import itertools
import json
import re
import warnings

import pytest
from boards.committed import FOLDER, PATHS, name, panel_queries, read, variable_queries, variables
from deploy.promql import unknown
from deploy.rules import alerts, recorded
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.build import files

UIDS = {read(path)["uid"] for path in PATHS}
OF_GRAFANA = {"__rate_interval", "__range", "__data.fields.agency", "__data.fields.target", "__data.fields.at"}
VARIABLE = re.compile(r"\$(?:\{([\w.]+)(?::\w+)?\}|([a-z_]\w*))")
FIELD = re.compile(r"__data\.fields\.(\w+)")
ADDRESS = re.compile(r"/d/([\w-]+)(?:\?(\S*))?")


def every():
    return [pytest.param(read(path), id=name(path)) for path in PATHS]


def texts(value):
    """Yield every string of a tree."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from texts(one)


def test_what_is_committed_is_what_is_built():
    built = {str(path): text for path, text in files()}

    assert {str(path.relative_to(FOLDER)): path.read_text("utf-8") for path in PATHS} == built


def test_each_uid_is_one_dashboards_and_fits_into_an_address():
    assert len(UIDS) == len(PATHS)
    assert {uid for uid in UIDS if not re.fullmatch(r"[a-z-]{1,40}", uid)} == set()


def test_both_languages_have_the_same_dashboards():
    assert {uid.removesuffix("-en") + end for uid in UIDS for end in ("", "-en")} == UIDS


def test_the_readme_names_every_dashboard_with_its_question():
    text = (FOLDER / "README.md").read_text("utf-8")

    for path in (FOLDER / "en").glob("*.json"):
        board = read(path)
        row = f"| {board['title']} | `/d/{board['uid'].removesuffix('-en')}` | {board['description']} |"
        assert row in text


@pytest.mark.parametrize("board", every())
def test_the_first_panel_says_which_question_the_dashboard_answers(board):
    first = board["panels"][0]

    assert first["type"] == "text"
    assert re.match(r"## .+\?\n\n", first["options"]["content"])


@pytest.mark.parametrize("board", every())
def test_panels_are_told_apart_and_have_titles(board):
    ids = [panel["id"] for panel in board["panels"]]

    assert len(ids) == len(set(ids))
    assert [panel["id"] for panel in board["panels"] if not panel["title"]] == []
    for panel in board["panels"]:
        references = [target["refId"] for target in panel.get("targets", ())]
        assert len(references) == len(set(references)) <= 26


@pytest.mark.parametrize("board", every())
def test_panels_are_inside_the_grid_and_none_covers_another(board):
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in board["panels"])
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))
    assert {x for x, _ in cells} <= set(range(24))


@pytest.mark.parametrize("board", every())
def test_every_variable_that_is_used_is_defined_and_asks_the_chosen_source(board):
    defined = {variable["name"] for variable in variables(board)}
    used = {braced or bare for text in texts(board) for braced, bare in VARIABLE.findall(text)}

    assert used - OF_GRAFANA - {"__all"} <= defined
    assert defined - used == set()
    for one in [*board["panels"], *variables(board)]:
        if one.get("targets") or one["type"] == "query":
            assert one["datasource"]["uid"] == "${datasource}"


@pytest.mark.parametrize("board", every())
def test_every_link_leads_to_a_dashboard_in_the_language_and_sets_variables_that_it_has(board):
    known = {read(path)["uid"]: {variable["name"] for variable in variables(read(path))} for path in PATHS}
    translation = board["uid"].removesuffix("-en") if board["uid"].endswith("-en") else f"{board['uid']}-en"

    for text in texts(board):
        for uid, asked in ADDRESS.findall(text):
            assert uid in known
            assert set(re.findall(r"var-(\w+)=", asked)) <= known[uid]
            assert uid == translation or uid.endswith("-en") == board["uid"].endswith("-en")


@pytest.mark.parametrize("board", every())
def test_every_metric_is_declared_or_recorded(board):
    known = recorded()
    problems = [
        (where, one)
        for where, query, *_ in itertools.chain(panel_queries(board), variable_queries(board))
        for one in unknown(query, known)
    ]

    assert problems == []


@pytest.mark.parametrize("board", every())
def test_every_panel_with_values_has_a_unit_and_steps_that_rise(board):
    for panel in board["panels"]:
        if panel["type"] == "text":
            continue
        defaults = panel["fieldConfig"]["defaults"]
        first, *others = (step["value"] for step in defaults["thresholds"]["steps"])
        assert defaults["unit"]
        assert first is None
        assert others == sorted(others)


def mappings(value):
    """Yield what each value means to which a tree gives a colour."""
    if isinstance(value, dict) and value.get("type") == "value" and "options" in value:
        yield from (one for one in value["options"].values() if "color" in one)
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from mappings(one)


@pytest.mark.parametrize("board", every())
def test_a_colour_of_a_state_comes_with_a_symbol_and_a_word(board):
    for shown in mappings(board["panels"]):
        assert re.match(r"[●▲✕?] \w", shown["text"])


@pytest.mark.parametrize("board", every())
def test_a_table_keeps_what_it_links_by_and_is_sorted_by_a_column_that_it_has(board):
    for panel in board["panels"]:
        for step in panel.get("transformations", ()):
            left_out = step["options"].get("excludeByName", {})
            linked = {text for link in texts(panel["fieldConfig"]) for text in FIELD.findall(link)}
            heads = set(step["options"].get("renameByName", {}).values())
            sorted_by = {one["displayName"] for one in panel["options"].get("sortBy", ())}
            assert linked & left_out.keys() == set()
            assert step["id"] != "organize" or sorted_by <= heads


def test_every_alert_leads_to_a_dashboard_and_sets_variables_that_it_has():
    known = {read(path)["uid"]: {variable["name"] for variable in variables(read(path))} for path in PATHS}
    addresses = [
        ADDRESS.search(alert["annotations"]["dashboard_url"])
        for alert in alerts()
        if "dashboard_url" in alert["annotations"]
    ]

    assert addresses
    for found in addresses:
        assert found[1] in known
        assert set(re.findall(r"var-(\w+)=", found[2] or "")) <= known[found[1]]


@pytest.fixture(scope="module")
def model():
    """Return Grafana's model of a dashboard as files have it. It warns that it prefers the one after it."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        from grafana_foundation_sdk.models.dashboard import Dashboard
    return Dashboard


@pytest.mark.parametrize("board", every())
def test_the_model_of_grafana_reads_and_writes_the_same(board, model):
    assert json.loads(JSONEncoder().encode(model.from_json(board))) == board
