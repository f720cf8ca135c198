"""Prometheus metrics: lines rendered when an outcome arrives, joined when a scrape asks."""

from monitor.sinks.metrics.build import Build
from monitor.sinks.metrics.families import DECLARED
from monitor.sinks.metrics.metrics import Metrics
from monitor.sinks.metrics.own import OF_THE_MONITOR

CATALOGUE = (*DECLARED, *OF_THE_MONITOR)
"""Every family there is, but for the measures of plugins and the process's own."""

__all__ = ["CATALOGUE", "Build", "Metrics"]
