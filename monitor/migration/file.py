"""The agency file that a migration writes."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from monitor.demo.entry import Yaml
from monitor.demo.text import Remarked, comment, text
from monitor.inventory import AgencyClass
from monitor.migration.fitting import Fitter, escaped
from monitor.migration.proposal import LeftOut, Names, Proposal
from monitor.plugin.catalogue import Catalogue

SEARCHED = "NOT CARRIED OVER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The agency that the file is for."""

    id: str
    name: str
    agency_class: AgencyClass


@dataclass(slots=True)
class Migrated:
    """What became of another tool's configuration.

    Attributes:
        text: The agency file.
    """

    checks: int = 0
    remarks: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    text: str = ""


def migrated(
    found: Iterable[Proposal | LeftOut],
    catalogue: Catalogue,
    identity: Identity,
    source: str,
    notes: Iterable[str] = (),
) -> Migrated:
    """Return the agency file for what was found in another tool's configuration.

    Args:
        found: In the order of that configuration.
        catalogue: What is installed: nothing else is written.
        identity: Of the agency.
        source: Where it came from, for the first line.
        notes: What concerns the file as a whole.
    """
    result, fitter = Migrated(), Fitter(catalogue)
    systems: dict[str, list[Proposal]] = {}
    for one in found:
        fitted = fitter.fit(one) if isinstance(one, Proposal) else one
        if isinstance(fitted, LeftOut):
            result.left_out.append(fitted)
            continue
        systems.setdefault(fitted.system, []).append(fitted)
        result.checks += 1
        result.remarks += len(fitted.remarks)
    names = Names()
    entries = [_system(name, checks, names) for name, checks in systems.items()]
    agency: Yaml = {"id": identity.id, "class": str(identity.agency_class), "name": identity.name}
    pieces = [*_heading(result, source, notes), text({"agency": agency})]
    if entries:
        pieces += ["\n", text({"systems": entries})]
    result.text = "".join([*pieces, *_left_out(result.left_out)])
    return result


def _system(name: str, checks: list[Proposal], names: Names) -> Yaml:
    short = Names()
    entries = [
        Remarked(
            {
                "id": short.free(one.name, one.kind),
                "probe": one.kind,
                **one.beat,
                **({"with": escaped(one.settings)} if one.settings else {}),
            },
            *one.remarks,
        )
        for one in checks
    ]
    return {"id": names.free(name, "system"), "kind": "other", "name": name[:200], "checks": entries}


def _heading(result: Migrated, source: str, notes: Iterable[str]) -> Iterable[str]:
    said = [
        f"Written by `datashare-monitor import {source}`: {result.checks:,} checks.",
        "Look over each id, kind and name: they are made from what the other tool called things.",
        *notes,
    ]
    if result.remarks:
        said.append("A comment above a check tells what it lost, or what is still to be done for it.")
    if result.left_out:
        said.append(f"What has no place here at all is listed at the end, under {SEARCHED}.")
    for remark in said:
        yield "".join(f"{line}\n" for line in comment(remark))


def _left_out(left_out: list[LeftOut]) -> Iterable[str]:
    if left_out:
        yield f"\n# {SEARCHED}\n"
    for one in left_out:
        yield "".join(f"{line}\n" for line in comment(f"{one.name}: {one.why}"))
