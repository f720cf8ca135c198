"""The variables of the dashboards. People choose names; queries get ids."""

from dataclasses import dataclass

from dashboards.query import SOURCE, Json, said
from dashboards.words import Language, Words

SHOWN, HIDDEN = 0, 2
COMMON: Json = {
    "skipUrlSync": False,
    "options": [],
    "allowCustomValue": True,
    "auto": False,
    "auto_min": "10s",
    "auto_count": 30,
}
"""What every variable says of itself in Grafana's model."""
DATASOURCE: Json = {
    "type": "datasource",
    "name": "datasource",
    "label": "Prometheus",
    "query": "prometheus",
    "hide": SHOWN,
    "refresh": 1,
    "regex": "",
    "multi": False,
    "includeAll": False,
    **COMMON,
}


@dataclass(frozen=True, kw_only=True)
class Variable:
    """A choice at the head of a dashboard.

    Attributes:
        query: ``label_values(…)`` or ``query_result(…)``.
        regex: Takes text and value out of a result.
        has_all: Whether all may be chosen, and several.
        is_hidden: Whether it follows from another one, and nobody chooses.
    """

    name: str
    label: Words
    query: Words | str
    regex: str = ""
    has_all: bool = False
    is_hidden: bool = False

    def json(self, language: Language) -> Json:
        """Return the variable in one language."""
        query = said(self.query, language)
        all_of_them = Words("Tất cả", "All").in_(language)
        chosen: Json = {
            "current": {"selected": True, "text": all_of_them, "value": "$__all"},
            "allValue": ".*",
        }
        return {
            "type": "query",
            "name": self.name,
            "label": self.label.in_(language),
            "hide": HIDDEN if self.is_hidden else SHOWN,
            "query": query,
            "definition": query,
            "datasource": SOURCE,
            "refresh": 2,
            "regex": self.regex,
            "sort": 1,
            "multi": self.has_all,
            "includeAll": self.has_all,
            **COMMON,
            **(chosen if self.has_all else {}),
        }


NAMED = '/agency="(?<value>[^"]+)".*name="(?<text>[^"]+)"/'


def agency_names(matchers: str = "") -> Words:
    """Return what to ask for the name of each agency; in English the Vietnamese one where there is no other."""
    info = f"datashare_agency_info{{{matchers}}}" if matchers else "datashare_agency_info"
    english = f'label_replace(max by (agency, name, name_en) ({info}), "name", "$1", "name_en", "(.+)")'
    return Words(f"max by (agency, name) ({info})", f"max by (agency, name) ({english})")


AGENCIES = Variable(
    name="agency",
    label=Words("Cơ quan", "Agency"),
    query=Words(*(f"query_result({names})" for names in agency_names())),
    regex=NAMED,
    has_all=True,
)
AGENCY = Variable(name="agency", label=AGENCIES.label, query=AGENCIES.query, regex=NAMED)
CONNECTION = Variable(
    name="connection",
    label=Words("Kết nối", "Connection"),
    query='label_values(datashare_connection_info{agency="$agency"}, target)',
)
HUB = Variable(
    name="hub",
    label=Words("Trục kết nối", "Hub"),
    query='label_values(system:owner:info{kind="hub"}, at)',
)
PROGRAMMES = Variable(
    name="programme",
    label=Words("Chương trình", "Programme"),
    query="label_values(datashare_programme_goal_ratio, programme)",
    has_all=True,
)


def follows(name: str, label: str, series: str) -> Variable:
    """Return a variable with the value that a label has in a series, so that queries ask for one target at once."""
    return Variable(name=name, label=Words(name, name), query=f"label_values({series}, {label})", is_hidden=True)
