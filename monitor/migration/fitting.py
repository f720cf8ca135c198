"""Makes a proposal fit what is installed: what the kind does not take is dropped with a remark, never silently."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from monitor.config.text import CONTROL
from monitor.config.trial import WITH, Wrong, tried
from monitor.migration.proposal import LeftOut, Proposal
from monitor.plugin.catalogue import Catalogue
from monitor.plugin.form import form

MOST_ROUNDS = 8
VARIABLE = re.compile(r"\$\{(?=[^}]*\})")


@dataclass(frozen=True, slots=True)
class Fitter:
    """Fits proposals to the kinds of one catalogue."""

    catalogue: Catalogue

    def fit(self, proposal: Proposal) -> Proposal | LeftOut:
        """Return a proposal that loads, with remarks on what it lost, or why there is none."""
        kind = self.catalogue.kinds.get(proposal.kind)
        if kind is None:
            return LeftOut(proposal.label, f"no probe kind {proposal.kind} is installed")
        settings = dict(proposal.settings)
        lost = dict(_unwritable(settings))
        required = set(form(kind.probe).host_fields)
        for _ in range(MOST_ROUNDS):
            for key in lost:
                settings.pop(key, None)
            recipe, wrong = tried(self.catalogue, proposal.kind, settings, **proposal.beat)
            if recipe is not None and not wrong:
                told = (f"not carried over: {key}: {why}" for key, why in lost.items())
                return replace(proposal, settings=settings, remarks=(*dict.fromkeys(proposal.remarks), *told))
            new = {one.key: _why(one, proposal.kind) for one in wrong if one.key in settings.keys() - required}
            if not new:
                return LeftOut(proposal.label, "; ".join(map(str, wrong)))
            lost |= new
        return LeftOut(proposal.label, "too much of it is wrong")


def escaped(value: Any) -> Any:
    """Return settings in which ``${`` stands for itself."""
    if isinstance(value, str):
        return VARIABLE.sub("$${", value)
    if isinstance(value, Mapping):
        return {key: escaped(inner) for key, inner in value.items()}
    return [escaped(inner) for inner in value] if isinstance(value, list) else value


def _why(wrong: Wrong, kind: str) -> str:
    is_unknown = wrong.message.startswith("unknown key") and wrong.path == f"{WITH}.{wrong.key}"
    return f"the kind {kind} has no such option" if is_unknown else wrong.message


def _unwritable(settings: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in settings.items():
        if CONTROL.search(all_text(value)):
            yield key, "it holds a control character, which a file cannot"


def all_text(value: Any) -> str:
    """Return all text in a value, a line for each piece."""
    if isinstance(value, Mapping):
        return "\n".join(f"{key}\n{all_text(inner)}" for key, inner in value.items())
    return "\n".join(map(all_text, value)) if isinstance(value, list) else str(value)
