"""What a /metrics page says, and what can be told from its histograms."""

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of one page, by name and labels."""

    by_name: Mapping[str, Mapping[tuple[tuple[str, str], ...], float]]

    def total(self, name: str) -> float:
        """Return the sum of all samples of a name."""
        return sum(self.by_name.get(name, {}).values())

    def buckets(self, name: str) -> dict[float, float]:
        """Return the cumulative counts of a histogram, by upper bound."""
        found: dict[float, float] = {}
        for labels, value in self.by_name[f"{name}_bucket"].items():
            bound = float(dict(labels)["le"])
            found[bound] = found.get(bound, 0) + value
        return dict(sorted(found.items()))


def samples(page: bytes) -> Samples:
    """Read a page."""
    by_name: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(page.decode()):
        for sample in family.samples:
            by_name.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return Samples(by_name)


def quantile(of: float, before: Mapping[float, float], after: Mapping[float, float]) -> float:
    """Return a quantile of what a histogram counted between two moments, as Prometheus estimates it."""
    counts = {bound: count - before.get(bound, 0) for bound, count in after.items()}
    wanted, below, lower = of * counts[float("inf")], 0.0, 0.0
    for bound, count in counts.items():
        if count >= wanted and count > below:
            return lower if bound == float("inf") else lower + (bound - lower) * (wanted - below) / (count - below)
        below, lower = count, bound
    return lower


def above(bound: float, before: Mapping[float, float], after: Mapping[float, float]) -> float:
    """Return how many values over a bound, one of the histogram's own, were counted between two moments."""
    infinite = float("inf")
    return (after[infinite] - after[bound]) - (before[infinite] - before[bound])
