"""What a query of Prometheus names: its metrics, and the labels that it asks of them."""

import re
from collections.abc import Iterator
from functools import cache

from prometheus_client import CollectorRegistry, ProcessCollector

from monitor.plugin import ProbeKind
from monitor.plugin.installed import installed
from monitor.sinks.metrics import families
from monitor.sinks.metrics.family import Family, FamilyType
from monitor.sinks.metrics.measures import family_of
from monitor.sinks.metrics.own import OF_THE_MONITOR

STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
LISTS = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
RANGE = re.compile(r"\[[^\]]*\]|\boffset\s+[\w$]+")
SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(\s*\()?")
WORDS = frozenset(
    {"and", "or", "unless", "bool", "by", "without", "on", "ignoring", "group_left", "group_right", "inf"}
)
OF_PROMETHEUS = {
    "up": frozenset[str](),
    "ALERTS": frozenset({"alertname", "alertstate", "severity", "domain", "owner"}),
}
OF_THE_SCRAPE = frozenset({"instance", "job", "vantage"})
RECORDED = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*:[a-z][a-z0-9_]*")


def selectors(query: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each metric of a query with the labels that its matchers have."""
    text = re.sub(r"#[^\n]*", "", STRING.sub('""', query))
    text = RANGE.sub(" ", LISTS.sub(" ", text))
    for name, matchers, call in SELECTOR.findall(text):
        if name not in WORDS and not (call and not matchers):
            yield name, frozenset(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", matchers))


@cache
def declared() -> dict[str, frozenset[str]]:
    """Return the labels of every metric that the code declares, plugins included, by the name of its samples."""
    measures = (
        family_of(measure)
        for one in installed()
        for kind in one.entry_point.load().monitor_kinds()
        if isinstance(kind, ProbeKind)
        for measure in kind.measures
    )
    found = dict(OF_PROMETHEUS)
    for family in (*families.DECLARED, *OF_THE_MONITOR, *measures):
        found |= {name: frozenset(family.labels) | OF_THE_SCRAPE | more for name, more in samples(family)}
    own = CollectorRegistry()
    ProcessCollector(registry=own)
    return found | {sample.name: OF_THE_SCRAPE for metric in own.collect() for sample in metric.samples}


def samples(family: Family) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the names under which a family has samples, each with the labels beside the family's own."""
    if family.type is not FamilyType.HISTOGRAM:
        yield family.name, frozenset()
        return
    yield f"{family.name}_bucket", frozenset({"le"})
    yield f"{family.name}_count", frozenset()
    yield f"{family.name}_sum", frozenset()


def unknown(query: str, recorded: frozenset[str]) -> list[str]:
    """Return what a query asks for that neither the code declares nor a rule records."""
    known, problems = declared(), []
    for name, labels in selectors(query):
        if name in recorded:
            continue
        if name not in known:
            problems.append(name)
        else:
            problems += [f"{name}{{{label}}}" for label in sorted(labels - known[name] - OF_THE_SCRAPE)]
    return problems
