"""Prometheus metrics: lines rendered when an outcome arrives, joined when a scrape asks."""

from monitor.sinks.metrics.build import Build
from monitor.sinks.metrics.metrics import Metrics

__all__ = ["Build", "Metrics"]
