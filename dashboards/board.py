"""A dashboard: its panels one after the other on a grid of 24 columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dashboards.panel import Panel
from dashboards.query import Json
from dashboards.variables import DATASOURCE, Variable
from dashboards.words import Language, Words

COLUMNS = 24


@dataclass(frozen=True, kw_only=True)
class Board:
    """One dashboard in all languages.

    Attributes:
        id: Its name in addresses; never changes.
        panels: The first says which question the dashboard answers.
        hours: How far back it looks when it is opened.
    """

    id: str
    title: Words
    panels: Sequence[Panel]
    variables: Sequence[Variable] = ()
    hours: int = 24

    def uid(self, language: Language) -> str:
        """Return its id in Grafana."""
        return f"datashare-{self.id}" + ("" if language is Language.VI else "-en")

    def json(self, language: Language) -> Json:
        """Return the whole dashboard."""
        return {
            "uid": self.uid(language),
            "title": self.title.in_(language),
            "description": self.panels[0].body.in_(language).splitlines()[0].lstrip("# ")
            if self.panels[0].body
            else "",
            "tags": ["datashare", f"datashare-{language}"],
            "timezone": "Asia/Ho_Chi_Minh",
            "editable": True,
            "graphTooltip": 1,
            "time": {"from": f"now-{self.hours}h", "to": "now"},
            "fiscalYearStartMonth": 0,
            "refresh": "1m",
            "schemaVersion": 42,
            "panels": [
                panel.json(number, place, language)
                for number, (panel, place) in enumerate(placed(self.panels), start=1)
            ],
            "templating": {"list": [DATASOURCE, *(variable.json(language) for variable in self.variables)]},
            "annotations": {"list": []},
            "links": [self._family(language), self._translation(language)],
        }

    def _family(self, language: Language) -> Json:
        title = Words("Các trang khác", "Other pages").in_(language)
        return {**LINK, "title": title, "type": "dashboards", "tags": [f"datashare-{language}"], "asDropdown": True}

    def _translation(self, language: Language) -> Json:
        other = Language.EN if language is Language.VI else Language.VI
        title = {Language.VI: "Tiếng Việt", Language.EN: "English"}[other]
        return {**LINK, "title": title, "type": "link", "url": f"/d/{self.uid(other)}", "icon": "external link"}


LINK: Json = {
    "placement": "inControlsMenu",
    "icon": "",
    "tooltip": "",
    "tags": [],
    "asDropdown": False,
    "targetBlank": False,
    "includeVars": True,
    "keepTime": True,
}


def placed(panels: Sequence[Panel]) -> Iterator[tuple[Panel, Json]]:
    """Yield each panel with its place: from left to right, and below the highest of the row when a row is full."""
    x = y = highest = 0
    for panel in panels:
        if x + panel.width > COLUMNS:
            x, y, highest = 0, y + highest, 0
        yield panel, {"h": panel.height, "w": panel.width, "x": x, "y": y}
        x, highest = x + panel.width, max(highest, panel.height)
