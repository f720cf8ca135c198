"""A check before it has a target: its probe, filled, and everything else that configures it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from monitor.config.beat import Beat
from monitor.inventory import Check, CheckId, TargetId
from monitor.measure import Measure
from monitor.plugin.probe import Probe, Where
from monitor.plugin.remote import UnavailableProbe

_IN_ORDER = json.JSONEncoder(sort_keys=True)


@dataclass(frozen=True, slots=True)
class Measures:
    """What the observations of a probe may carry, by name, and a digest of it."""

    by_name: dict[str, Measure] = field(default_factory=dict)
    digest: str = ""

    @classmethod
    def of(cls, measures: Iterable[Measure]) -> "Measures":
        """Return these measures."""
        by_name = {measure.name: measure for measure in measures}
        facts = [
            (name, one.help, one.kind, one.series, [(label.name, sorted(label.values)) for label in one.labels])
            for name, one in sorted(by_name.items())
        ]
        return cls(by_name, _digest(facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A filled probe and what follows from it."""

    probe: Probe
    plugin: str = ""
    where: Where = Where.IN_LOOP
    host: str = ""
    measures: Measures = field(default_factory=Measures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All of a check but its target."""

    name: str
    kind: str
    look: Look
    beat: Beat
    formerly: tuple[str, ...]
    settings: dict[str, Any]

    def check(self, target: TargetId, max_latency: timedelta | None) -> Check:
        """Return the check of a target."""
        beat = self.beat
        return Check(
            id=CheckId(f"{target}/{self.name}"),
            kind=self.kind,
            plugin=self.look.plugin,
            probe=self.look.probe,
            every=beat.every,
            timeout=beat.timeout,
            confirm=beat.confirm,
            recheck=beat.recheck,
            host=self.look.host,
            where=self.look.where,
            max_latency=max_latency,
            phases=beat.phases,
            measures=self.look.measures.by_name,
            fingerprint=self._fingerprint(max_latency),
            formerly=self.formerly,
        )

    def _fingerprint(self, max_latency: timedelta | None) -> str:
        look, beat = self.look, self.beat
        unavailable = look.probe.detail if isinstance(look.probe, UnavailableProbe) else ""
        facts = (
            self.kind, look.plugin, look.where, look.measures.digest, unavailable, self.settings,
            beat.every.total_seconds(), beat.timeout.total_seconds(), beat.confirm.down, beat.confirm.up,
            beat.recheck.total_seconds(), beat.phases, max_latency.total_seconds() if max_latency else None,
            self.formerly,
        )  # fmt: skip
        return _digest(facts)


def _digest(facts: object) -> str:
    return blake2b(_IN_ORDER.encode(facts).encode(), digest_size=12).hexdigest()
