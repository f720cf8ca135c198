"""Plugins that are not ours run in processes of their own, and whatever they do there stays there."""

from monitor.engine.worker.report import WorkerResult
from monitor.engine.worker.workers import Workers

__all__ = ["WorkerResult", "Workers"]
