"""What a client accepts: parsing of Accept headers, and the choice for /metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """One entry of an Accept header, its name and parameters in lower case."""

    name: str
    parameters: Mapping[str, str]
    quality: float


def preferences(header: str) -> list[Preference]:
    """Return the entries of an Accept… header; those that make no sense are left out."""
    found = []
    for entry in header[:4096].lower().split(","):
        name, *rest = (part.strip() for part in entry.split(";"))
        parameters = {key.strip(): value.strip(' "') for key, _, value in (part.partition("=") for part in rest)}
        try:
            quality = float(parameters.pop("q", "1"))
        except ValueError:
            continue
        if name and 0 <= quality <= 1:
            found.append(Preference(name=name, parameters=parameters, quality=quality))
    return found


def accepts_gzip(accept_encoding: str) -> bool:
    """Return whether an Accept-Encoding header allows gzip."""
    qualities = {entry.name: entry.quality for entry in preferences(accept_encoding)}
    return qualities.get("gzip", qualities.get("*", 0.0)) > 0


def wants_openmetrics(accept: str) -> bool:
    """Return whether OpenMetrics 1.0 is preferred to the text format 0.0.4, which is the default."""
    openmetrics = text = 0.0
    for entry in preferences(accept):
        version = entry.parameters.get("version", "")
        if entry.name == "application/openmetrics-text" and version in {"", "1.0.0", "0.0.1"}:
            openmetrics = max(openmetrics, entry.quality)
        elif entry.name in {"text/plain", "text/*"} and version in {"", "0.0.4"}:
            text = max(text, entry.quality)
    return openmetrics > 0 and openmetrics >= text


def wants_html(accept: str) -> bool:
    """Return whether a person with a browser is asking."""
    return any(entry.name == "text/html" and entry.quality > 0 for entry in preferences(accept))
