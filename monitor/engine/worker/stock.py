"""The plugin inside its process: loaded once, its probes built from settings and kept."""

from functools import lru_cache

from monitor.engine.worker.terms import Terms
from monitor.plugin.catalogue import Catalogue, discover
from monitor.plugin.conformance import is_synchronous
from monitor.plugin.form import form
from monitor.plugin.probe import Probe

KEPT_PROBES = 4096


class UnloadableError(Exception):
    """The plugin cannot be loaded."""


class Stock:
    """Probes of one plugin."""

    def __init__(self, catalogue: Catalogue, terms: Terms) -> None:
        self._catalogue = catalogue
        self._wanted = {terms.plugin: terms.limits}
        self.probe = lru_cache(KEPT_PROBES)(self._build)

    @classmethod
    def load(cls, terms: Terms) -> "Stock":
        """Import the plugin.

        Raises:
            UnloadableError: It cannot be loaded, or breaks the contract.
        """
        catalogue = discover({terms.plugin: terms.limits}, only=(terms.plugin,))
        if terms.plugin not in catalogue.loaded:
            raise UnloadableError(catalogue.failures.get(terms.plugin, "it is not installed"))
        return cls(catalogue, terms)

    def is_synchronous(self, kind: str) -> bool:
        """Tell whether probes of a kind run in threads."""
        return is_synchronous(self._catalogue.kinds[kind])

    def _build(self, kind: str, settings: str) -> Probe:
        if kind not in self._catalogue.kinds:
            raise ValueError(f"the plugin offers no probe kind {kind!r}")
        empty = form(self._catalogue.kinds[kind].probe)
        # Sources may come from plugins of ours, which most workers do not need.
        sources = discover(self._wanted).sources if empty.has_source else {}
        probe: Probe = empty.fill(settings, sources)
        return probe
