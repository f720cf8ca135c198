"""``/probe``: one look on request, answered as blackbox_exporter answers."""

from monitor.web.probing.endpoint import OFF, PROBING, Probing, probe
from monitor.web.probing.history import History
from monitor.web.probing.prober import Prober

__all__ = ["OFF", "PROBING", "History", "Prober", "Probing", "probe"]
