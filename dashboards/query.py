"""A query of a panel."""

from dataclasses import dataclass

from dashboards.words import Language, Words

Json = dict[str, object]
SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, kw_only=True)
class Query:
    """What is asked of Prometheus.

    Attributes:
        legend: Names the series, ``{{label}}`` for a label's value; in a table the head of the column of values.
        unit: Of the column, where a table has several.
        colour: Of the number as soon as it is not 0, where a panel shows several numbers side by side.
        is_instant: Whether only the newest value is asked for.
    """

    expr: Words | str
    legend: Words | str = ""
    unit: str = ""
    colour: str = ""
    is_instant: bool = False

    def json(self, ref: str, language: Language, *, is_table: bool) -> Json:
        """Return the target with its reference."""
        named: Json = {"legendFormat": said(self.legend, language)} if self.legend and not is_table else {}
        return {
            "refId": ref,
            "datasource": SOURCE,
            "expr": said(self.expr, language),
            "instant": self.is_instant or is_table,
            "range": not (self.is_instant or is_table),
            "format": "table" if is_table else "time_series",
            **named,
        }


def said(text: Words | str, language: Language) -> str:
    """Return a text in one language; what is plain is the same in all."""
    return text.in_(language) if isinstance(text, Words) else text


def reference(place: int) -> str:
    """Return the letter by which Grafana knows the query at a place, from 0."""
    return chr(ord("A") + place)
