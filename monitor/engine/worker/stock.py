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
    """Probes of one plugin, and of ours where they take their rows from it."""

    def __init__(self, catalogue: Catalogue, terms: Terms) -> None:
        self._catalogue = catalogue
        self._wanted = {terms.plugin: terms.limits}
        self._has_ours = False
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
            self._add_ours()
        if kind not in self._catalogue.kinds:
            raise ValueError(f"no probe kind {kind!r} is installed")
        empty = form(self._catalogue.kinds[kind].probe)
        if empty.has_source:
            self._add_ours()
        probe: Probe = empty.fill(settings, self._catalogue.sources)
        return probe

    def _add_ours(self) -> None:
        """Load our own plugins as well, which most workers do not need."""
        if not self._has_ours:
            self._catalogue = discover(self._wanted)
            self._has_ours = True
