"""Whether what a plugin offers keeps the contract; every fault is a sentence for its author."""

import dataclasses
import inspect
import re
from collections.abc import Iterator
from typing import Any

from monitor.measure import Measure
from monitor.plugin.form import form
from monitor.plugin.probe import ProbeKind
from monitor.plugin.source import SourceKind

KIND_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
RESERVED_PREFIXES = (
    "agency_", "system_", "connection_", "target_", "check_", "programme_", "plugin_", "build_", "monitor_",
    "availability_",
    "freshness_objective", "latency_objective", "completeness_objective", "success_objective",
)  # fmt: skip
RESERVED = frozenset(
    {
        "probe_success", "probe_duration_seconds", "probe_phase_duration_seconds", "probe_http_duration_seconds",
        "probe_icmp_duration_seconds", "probe_grpc_duration_seconds", "probe_dns_duration_seconds",
        "probe_runs_total", "probe_failures_total",
        "probe_slow_runs_total", "probe_failure_reasons_total", "probe_latency_seconds",
        "probe_last_run_timestamp_seconds", "probe_last_success_timestamp_seconds",
    }
)  # fmt: skip
"""Names of the families that the monitor itself exposes."""


def faults(kind: object) -> list[str]:
    """Return what is wrong with one offer of a plugin; empty when nothing is."""
    if isinstance(kind, ProbeKind):
        found = [*_name_faults(kind.name), *_dataclass_faults(kind.probe), *_observe_faults(kind.probe)]
        return [f'probe kind "{kind.name}": {fault}' for fault in (*found, *_measure_faults(kind.measures))]
    if isinstance(kind, SourceKind):
        found = [*_name_faults(kind.name), *_dataclass_faults(kind.source), *_rows_faults(kind.source)]
        return [f'source kind "{kind.name}": {fault}' for fault in found]
    return [f"monitor_kinds offers {_short(kind)}; offer ProbeKind and SourceKind records"]


def is_synchronous(kind: ProbeKind) -> bool:
    """Return whether its probe has an ordinary ``observe``, which runs in a thread."""
    return not inspect.iscoroutinefunction(inspect.unwrap(kind.probe.observe))


def measure_faults(measure: Measure) -> Iterator[str]:
    """Yield what is wrong with one measure."""
    if measure.name in RESERVED or measure.name.startswith(RESERVED_PREFIXES):
        yield f'the measure "{measure.name}" has a name that the monitor itself uses'
    if measure.series < 1:
        yield f'the measure "{measure.name}" allows no series'


def _name_faults(name: Any) -> Iterator[str]:
    if not isinstance(name, str) or not KIND_NAME.fullmatch(name):
        yield "a kind's name is made of lower-case letters, digits and hyphens"


def _dataclass_faults(offered: Any) -> Iterator[str]:
    if not isinstance(offered, type) or not dataclasses.is_dataclass(offered):
        yield f"{_short(offered)} is not a dataclass; write @dataclass(frozen=True, kw_only=True) above it"
        return
    if not offered.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        yield f"{offered.__name__} is not frozen; write @dataclass(frozen=True, kw_only=True)"
    try:
        form(offered)
    except TypeError as error:
        yield f"a field of {offered.__name__} has a type that configuration cannot fill: {error}"


def _observe_faults(probe: Any) -> Iterator[str]:
    observe = getattr(probe, "observe", None)
    if not callable(observe):
        yield f"{_short(probe)} has no observe(self, vantage)"
        return
    if inspect.isasyncgenfunction(observe) or inspect.isgeneratorfunction(observe):
        yield "observe yields; it must return one Observation"
    if len(_required(observe)) != 2:
        yield f"observe{inspect.signature(observe)} must take self and vantage"
    measures = getattr(probe, "measures", None)
    if measures is not None and callable(measures) and len(_required(measures)) != 1:
        yield "measures must take self alone"


def _rows_faults(source: Any) -> Iterator[str]:
    rows = getattr(source, "rows", None)
    if not callable(rows) or len(_required(rows)) != 2:
        yield f"{_short(source)} has no rows(self, vantage)"


def _measure_faults(measures: object) -> Iterator[str]:
    if not isinstance(measures, list | tuple):
        yield "its measures must be a list or a tuple"
        return
    for measure in measures:
        if isinstance(measure, Measure):
            yield from measure_faults(measure)
        else:
            yield f"{_short(measure)} is not a Measure"


def _required(function: Any) -> list[inspect.Parameter]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return [one for one in parameters if one.default is one.empty and one.kind in kinds]


def _short(value: object) -> str:
    return value.__qualname__ if isinstance(value, type) else f"a {type(value).__name__}"
