"""Panels: what they show and how."""

from dataclasses import dataclass, field

from dashboards import table
from dashboards.query import SOURCE, Json, Query, reference
from dashboards.units import BLUE, MEANINGS, PLAIN, thresholds, written
from dashboards.words import Language, Words

REDUCED: Json = {"calcs": ["lastNotNull"], "fields": "", "values": False}


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One panel.

    Attributes:
        kind: Grafana's name of the visualisation.
        about: What the panel shows, behind the mark at its head.
        none: What it says where there is nothing to show, which is often good news.
        width: In columns of 24.
        unit: Grafana's id of a unit, or one of ``MEANINGS``.
        steps: From which values on which colour; the first from the beginning.
        links: By label, where the cells of a table lead: a key of ``table.LINKS``.
        hidden: Labels that a table leaves out.
        sort: The head of the column by which a table is sorted.
        is_descending: Whether the greatest comes first.
        body: The text of a text panel.
        matrix: Rows, columns and nothing else, by label.
    """

    kind: str
    title: Words
    queries: tuple[Query, ...] = ()
    about: Words | None = None
    none: Words | None = None
    width: int = 12
    height: int = 8
    unit: str = "short"
    steps: tuple[tuple[float | None, str], ...] = ((None, BLUE),)
    is_stacked: bool = False
    links: dict[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    sort: Words | None = None
    is_descending: bool = False
    body: Words | None = None
    matrix: tuple[str, str] | None = None

    def json(self, number: int, place: Json, language: Language) -> Json:
        """Return the panel with its id at its place."""
        found: Json = {
            "type": self.kind,
            "id": number,
            "title": self.title.in_(language),
            "gridPos": place,
            "transparent": False,
            "repeatDirection": "h",
        }
        if self.body is not None:
            return {**found, "options": {"mode": "markdown", "content": self.body.in_(language)}}
        if self.about is not None:
            found["description"] = self.about.in_(language)
        found |= {"datasource": SOURCE, "targets": self._targets(language)}
        found["fieldConfig"] = {"defaults": self._defaults(language), "overrides": self._overrides(language)}
        found["options"] = self._options(language)
        if self.matrix is not None:
            found["transformations"] = table.matrix(*self.matrix, language)
        elif self.kind == "table":
            found["transformations"] = table.transformations(self.queries, self.hidden, language)
        return found

    def _targets(self, language: Language) -> list[Json]:
        is_table = self.kind == "table"
        return [query.json(reference(at), language, is_table=is_table) for at, query in enumerate(self.queries)]

    def _defaults(self, language: Language) -> Json:
        found: Json = {"thresholds": thresholds(self.steps), **written(self.unit, language)}
        if self.unit == "percentunit":
            found["max"] = 1
        if self.none is not None:
            found["noValue"] = self.none.in_(language)
        found["color"] = {"mode": "palette-classic" if self.kind == "timeseries" else "thresholds"}
        if self.kind == "timeseries":
            found["custom"] = {
                "drawStyle": "line",
                "lineWidth": 1,
                "fillOpacity": 30 if self.is_stacked else 5,
                "stacking": {"mode": "normal" if self.is_stacked else "none", "group": "A"},
                "thresholdsStyle": {"mode": "dashed" if len(self.steps) > 1 else "off"},
            }
        elif self.kind == "state-timeline":
            found["custom"] = {"fillOpacity": 70, "lineWidth": 0}
        elif self.kind == "table":
            cell = {"type": "color-background", "mode": "basic"} if self.unit in MEANINGS else {"type": "auto"}
            found["custom"] = {"align": "auto", "filterable": True, "cellOptions": cell}
        return found

    def _overrides(self, language: Language) -> list[Json]:
        if self.matrix is not None:
            return []
        if self.kind == "table":
            return table.overrides(self.queries, self.links, self.steps, language)
        return [
            {
                "matcher": {"id": "byFrameRefID", "options": reference(at)},
                "properties": [{"id": "thresholds", "value": thresholds(((None, PLAIN), (1, query.colour)))}],
            }
            for at, query in enumerate(self.queries)
            if query.colour
        ]

    def _options(self, language: Language) -> Json:
        if self.kind == "table":
            found: Json = {"showHeader": True, "cellHeight": "sm"}
            if self.sort is not None:
                found["sortBy"] = [{"displayName": self.sort.in_(language), "desc": self.is_descending}]
            return found
        if self.kind == "stat":
            text_mode = "value_and_name" if len(self.queries) > 1 else "value"
            return {"reduceOptions": REDUCED, "textMode": text_mode, "colorMode": "value", "graphMode": "none"}
        if self.kind == "bargauge":
            return {"reduceOptions": REDUCED, "displayMode": "basic", "orientation": "horizontal"}
        if self.kind == "state-timeline":
            legend: Json = {"displayMode": "list", "placement": "bottom", "showLegend": False, "calcs": []}
            return {"showValue": "always", "rowHeight": 0.8, "legend": legend}
        legend = {"displayMode": "table", "placement": "bottom", "showLegend": True, "calcs": ["lastNotNull"]}
        return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}


def question(asked: Words, how: Words) -> Panel:
    """Return the first panel of a dashboard: which question it answers, and how to read it."""
    body = Words(f"## {asked.vi}\n\n{how.vi}", f"## {asked.en}\n\n{how.en}")
    return Panel(kind="text", title=Words("Trang này trả lời", "What this page answers"), body=body, width=24, height=4)
