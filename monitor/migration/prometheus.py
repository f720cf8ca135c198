"""Which targets a Prometheus configuration sends to blackbox_exporter, and with which module."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from monitor.migration.foreign import ForeignError, json_file, mapping_with, yaml_file
from monitor.migration.proposal import LeftOut
from monitor.migration.quantity import length_of

EVERY = timedelta(minutes=1)
"""Prometheus' own default."""
DISCOVERIES = re.compile(r"(\w+)_sd_configs")
USUAL: tuple[tuple[set[str], str], ...] = (
    ({"__address__"}, "__param_target"),
    ({"__param_target"}, "instance"),
    (set(), "__address__"),
)
"""Rules that every job of blackbox_exporter has: from which labels, to which one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """One target of one job.

    Attributes:
        timeout: None when the job sets none.
    """

    target: str
    module: str
    job: str
    every: timedelta
    timeout: timedelta | None = None
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class _Job:
    """A scrape job that asks blackbox_exporter."""

    name: str
    every: timedelta
    timeout: timedelta | None
    params: Mapping[str, Any]
    module_label: str = ""
    remarks: list[str] = field(default_factory=list)


def probed(path: Path) -> Iterator[Probed | LeftOut]:
    """Yield what a Prometheus configuration has probed; files of targets are read beside it.

    Raises:
        ForeignError: It cannot be read, or is something else.
    """
    read = mapping_with("scrape_configs", yaml_file(path), path)
    defaults = read.get("global")
    defaults = defaults if isinstance(defaults, Mapping) else {}
    for config in _mappings(read.get("scrape_configs")):
        if str(config.get("metrics_path", "")).rstrip("/").endswith("/probe"):
            yield from _of_job(config, defaults, path)


def _of_job(config: Mapping[str, Any], defaults: Mapping[str, Any], path: Path) -> Iterator[Probed | LeftOut]:
    params = config.get("params")
    job = _Job(
        name=str(config.get("job_name", "")),
        every=length_of(config.get("scrape_interval") or defaults.get("scrape_interval")) or EVERY,
        timeout=length_of(config.get("scrape_timeout") or defaults.get("scrape_timeout")),
        params=params if isinstance(params, Mapping) else {},
    )
    _relabelling(config, job)
    others = job.params.keys() - {"module", "target", "debug"}
    job.remarks += [f"not carried over: the parameter {key} of the job {job.name}" for key in sorted(others)]
    for key in config:
        if (found := DISCOVERIES.fullmatch(str(key))) and found[1] != "file":
            yield LeftOut(f"job {job.name}", f"its targets come from {key}, which only Prometheus can ask; name them")
    for target in _texts(job.params.get("target")):
        yield _one(job, target, {})
    for group in _mappings(config.get("static_configs")):
        yield from _of_group(job, group)
    for files in _mappings(config.get("file_sd_configs")):
        for pattern in _texts(files.get("files")):
            groups = _groups(path, pattern)
            if not groups:
                yield LeftOut(f"job {job.name}", f"no file with targets is at {pattern}")
            for group in groups:
                yield from _of_group(job, group)


def _of_group(job: _Job, group: Mapping[str, Any]) -> Iterator[Probed]:
    labels = group.get("labels")
    for target in _texts(group.get("targets")):
        yield _one(job, target, labels if isinstance(labels, Mapping) else {})


def _one(job: _Job, target: str, labels: Mapping[str, Any]) -> Probed:
    module = str(labels.get(job.module_label, "")) if job.module_label else ""
    module = module or next(iter(_texts(job.params.get("module"))), "") or "http_2xx"
    others = sorted(str(key)[:40] for key in labels if key != job.module_label)
    remarks = [f"not carried over: labels of the target ({', '.join(others[:10])})"] if others else []
    return Probed(
        target=target, module=module, job=job.name, every=job.every, timeout=job.timeout,
        remarks=(*remarks, *job.remarks),
    )  # fmt: skip


def _relabelling(config: Mapping[str, Any], job: _Job) -> None:
    """Take the usual rules as read, one that finds the module in a label too, and remark on all others."""
    for rule in _mappings(config.get("relabel_configs")):
        sources = set(_texts(rule.get("source_labels")))
        aim = str(rule.get("target_label", ""))
        is_plain = rule.get("action", "replace") == "replace" and str(rule.get("regex", "(.*)")) == "(.*)"
        if is_plain and any(aim == usual and sources <= labels for labels, usual in USUAL):
            continue
        if is_plain and aim == "__param_module" and len(sources) == 1:
            job.module_label = sources.pop()
            continue
        if aim in {"__param_target", "__param_module", "__address__"} or str(rule.get("action")) in {"keep", "drop"}:
            said = aim or rule.get("action")
            job.remarks.append(f"not carried over: a rule of relabel_configs ({said}) in the job {job.name}")


def _groups(path: Path, pattern: str) -> list[Mapping[str, Any]]:
    """Return the groups of targets in the files that a pattern names, beside the Prometheus configuration."""
    written = Path(pattern)
    folder = written.parent if written.is_absolute() else path.parent / written.parent
    found: list[Mapping[str, Any]] = []
    for file in sorted(folder.glob(written.name)) if written.name and folder.is_dir() else ():
        read = json_file(file) if file.suffix == ".json" else yaml_file(file)
        if not isinstance(read, Sequence) or isinstance(read, str):
            raise ForeignError(f"{file}\n  holds no list of targets")
        found += _mappings(read)
    return found


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(one) for one in value if one is not None] if isinstance(value, list) else []
