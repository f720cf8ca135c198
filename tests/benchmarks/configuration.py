"""Configuration directories for a measurement: everything a user would have on by default stays on."""

from collections.abc import Sequence
from pathlib import Path

from monitor.demo.entry import Entry, Yaml
from monitor.demo.text import text
from tests.benchmarks.server import Server

AGENCIES = 50
CHECKS_PER_SYSTEM = 5
CHANGED = "agencies/agency-00.yaml"


def single(folder: Path, targets: Sequence[str], every: str, server: Server | None) -> Path:
    """Write a check for each target, a system each; returns the folder."""
    agencies: dict[str, list[Entry]] = {f"agency-{number:02}": [] for number in range(8)}
    options: Entry = {"tls_config": {"ca_file": str(server.authority)}} if server else {}
    for number, target in enumerate(targets):
        check: Entry = {"id": "now", "probe": "http", "with": {"target": target, **options}}
        system: Entry = {"id": f"s{number:04}", "kind": "other", "name": f"System {number}", "checks": [check]}
        agencies[f"agency-{number % len(agencies):02}"].append(system)
    _write(folder, {"defaults": {"every": every, "timeout": every}}, agencies)
    return folder


def looks(folder: Path, wanted: Sequence[tuple[str, Entry]], every: str) -> Path:
    """Write a check for each kind of probe and its options, a system each; returns the folder."""
    systems: list[Entry] = [
        {
            "id": f"s{number:04}",
            "kind": "other",
            "name": f"System {number}",
            "checks": [{"id": "now", "probe": kind, "with": options}],
        }
        for number, (kind, options) in enumerate(wanted)
    ]
    _write(folder, {"defaults": {"every": every, "timeout": every}}, {"agency-00": systems})
    return folder


def many(folder: Path, server: Server, checks: int, every: str, *, timeout: str = "5s") -> Path:
    """Write very many checks, five to a system, from a template; returns the folder."""
    template: list[Yaml] = [
        {"id": f"function-{number}", "probe": "http", "with": {"target": "${base}/" + f"{number}/now"}}
        for number in range(CHECKS_PER_SYSTEM)
    ]
    agencies: dict[str, list[Entry]] = {f"agency-{number:02}": [] for number in range(AGENCIES)}
    for number in range(checks // CHECKS_PER_SYSTEM):
        agency = f"agency-{number % AGENCIES:02}"
        system: Entry = {
            "id": f"s{number:05}",
            "kind": "administrative_procedure",
            "name": f"Hệ thống thông tin số {number}",
            "use": ["functions"],
            "vars": {"base": f"{server.base(secure=False)}/{agency}/s{number:05}"},
        }
        agencies[agency].append(system)
    settings: Entry = {"defaults": {"every": every, "timeout": timeout}, "templates": {"functions": template}}
    _write(folder, settings, agencies)
    return folder


def change_one(folder: Path) -> None:
    """Change one check of one agency."""
    path = folder / CHANGED
    system = "  - {id: added, kind: other, name: Added, checks: [{id: now, probe: http, with: {target: "
    path.write_text(f'{path.read_text()}{system}"http://127.0.0.1:9/now"}}}}]}}\n')


def _write(folder: Path, settings: Entry, agencies: dict[str, list[Entry]]) -> None:
    (folder / "agencies").mkdir(parents=True)
    (folder / "monitor.yaml").write_text(text(settings))
    for agency, systems in agencies.items():
        about: Entry = {"id": agency, "class": "ministry", "name": f"Agency {agency[-2:]}"}
        (folder / "agencies" / f"{agency}.yaml").write_text(text({"agency": about, "systems": systems}))
