"""The HTTP surface of ``datashare-monitor blackbox``: that of blackbox_exporter."""

from monitor.web.exporter.application import exporter
from monitor.web.exporter.state import Exporter, Loading

__all__ = ["Exporter", "Loading", "exporter"]
