"""The dashboards as they are committed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "dashboards"
PATHS = sorted(path for language in ("vi", "en") for path in (FOLDER / language).glob("*.json"))
CALL = re.compile(r"query_result\((?P<query>.*)\)$|label_values\((?P<series>.*), *(?P<label>\w+)\)$", re.DOTALL)


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def panel_queries(board: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each query of a panel with the panel's title and the query's reference."""
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield f"{panel['title']} {target['refId']}", target["expr"]


def table_queries(board: dict[str, Any]) -> Iterator[tuple[str, str, set[str]]]:
    """Yield each query of a table with the panel's title and the labels that the table names or leaves out."""
    for panel in (panel for panel in board["panels"] if panel["type"] == "table"):
        steps = [step["options"] for step in panel["transformations"]]
        known = {step[key] for step in steps for key in ("rowField", "columnField") if key in step}
        for step in steps:
            known |= step.get("renameByName", {}).keys() | step.get("excludeByName", {}).keys()
        for target in panel["targets"]:
            yield f"{panel['title']} {target['refId']}", target["expr"], known


def variables(board: dict[str, Any]) -> list[dict[str, Any]]:
    return board["templating"]["list"]


def variable_queries(board: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what each variable asks of Prometheus, with its name and the label that it takes."""
    for variable in variables(board):
        if variable["type"] == "query":
            found = CALL.match(variable["query"])
            assert found, variable["query"]
            yield variable["name"], found["query"] or found["series"], found["label"] or ""


def filled(query: str, values: dict[str, str]) -> str:
    """Return a query with its variables put in, the longest names first."""
    for variable in sorted(values, key=len, reverse=True):
        query = query.replace(variable, values[variable])
    return query
