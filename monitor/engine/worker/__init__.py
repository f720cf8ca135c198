"""Plugins that are not ours run in processes of their own, and whatever they do there stays there.

``Workers.observe`` answers within ``ANSWER_SECONDS`` after the deadline of a run: whoever waits for it waits that long.
A run that ends because the plugin hangs is unknown, and only the worker can tell that from a target that stalls.
"""

from monitor.engine.worker.report import WorkerResult
from monitor.engine.worker.workers import Workers

ANSWER_SECONDS = 0.4

__all__ = ["ANSWER_SECONDS", "WorkerResult", "Workers"]
