"""Tables: the order of their columns, what is in them, and where their cells lead."""

from collections.abc import Mapping, Sequence

from dashboards.query import Json, Query, reference, said
from dashboards.units import MEANINGS, STATUS, thresholds, written
from dashboards.words import COLUMNS, VALUES, Language

FROM = "?${datasource:queryparam}"
LINKS = {
    "agency": f"/d/datashare-agency{{suffix}}{FROM}&var-agency=${{__data.fields.agency}}",
    "connection": (
        f"/d/datashare-connection{{suffix}}{FROM}"
        "&var-agency=${__data.fields.agency}&var-connection=${__data.fields.target}"
    ),
    "own connection": (
        f"/d/datashare-connection{{suffix}}{FROM}&${{agency:queryparam}}&var-connection=${{__data.fields.target}}"
    ),
    "hub": f"/d/datashare-hub{{suffix}}{FROM}&var-hub=${{__data.fields.at}}",
}
"""Where the cells of a column lead to."""
NEVER_SHOWN = ("Time", "__name__")


def overrides(
    queries: Sequence[Query], links: Mapping[str, str], steps: Sequence[tuple[float | None, str]], language: Language
) -> list[Json]:
    """Return what is special to a column: how its values are written, and where its cells lead."""
    found: list[Json] = []
    for query in queries:
        properties = [{"id": key, "value": value} for key, value in written(query.unit, language).items()]
        if query.unit in MEANINGS:
            properties.append({"id": "custom.cellOptions", "value": {"type": "color-background", "mode": "basic"}})
        elif len(steps) > 1:
            properties.append({"id": "thresholds", "value": thresholds(tuple(steps))})
            properties.append({"id": "custom.cellOptions", "value": {"type": "color-text"}})
        if properties:
            found.append(_override(said(query.legend, language), *properties))
    for label, words in VALUES.items():
        options = {value: {"text": text.in_(language), "index": at} for at, (value, text) in enumerate(words.items())}
        mapping: Json = {"id": "mappings", "value": [{"type": "value", "options": options}]}
        found.append(_override(COLUMNS[label].in_(language), mapping))
    suffix = "" if language is Language.VI else "-en"
    for label, where in links.items():
        head = COLUMNS[label].in_(language)
        link = {"title": head, "url": LINKS[where].replace("{suffix}", suffix), "targetBlank": False}
        found.append(_override(head, {"id": "links", "value": [link]}))
    return found


def _override(column: str, *properties: Json) -> Json:
    return {"matcher": {"id": "byName", "options": column}, "properties": list(properties)}


def transformations(queries: Sequence[Query], hidden: Sequence[str], language: Language) -> list[Json]:
    """Return the steps that make one table of all answers: the state first, then the labels, then the other values."""
    names = ["Value"] if len(queries) == 1 else [f"Value #{reference(at)}" for at in range(len(queries))]
    values = {name: query for name, query in zip(names, queries, strict=True) if query.legend}
    labels = [label for label in COLUMNS if label not in hidden]
    first = [value for value, query in values.items() if query.unit == STATUS]
    order = [*first, *labels, *(value for value in values if value not in first)]
    heads = {label: COLUMNS[label].in_(language) for label in labels}
    heads |= {value: said(query.legend, language) for value, query in values.items()}
    nameless = [name for name in names if name not in values]
    left_out = dict.fromkeys((*NEVER_SHOWN, *nameless, *hidden), True)
    options = {
        "excludeByName": left_out,
        "indexByName": {one: at for at, one in enumerate(order)},
        "renameByName": heads,
    }
    return [{"id": "merge", "options": {}}, {"id": "organize", "options": options}]


def matrix(row: str, column: str, language: Language) -> list[Json]:
    """Return the steps that make a matrix of the values: two labels, and one value where they meet."""
    options: Json = {"rowField": row, "columnField": column, "valueField": "Value", "emptyValue": "empty"}
    head = f"{COLUMNS[row].in_(language)} \\ {COLUMNS[column].in_(language)}"
    renamed: Json = {"excludeByName": {}, "indexByName": {}, "renameByName": {f"{row}\\{column}": head}}
    return [{"id": "groupingToMatrix", "options": options}, {"id": "organize", "options": renamed}]
