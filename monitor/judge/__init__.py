"""Thresholds, maintenance and accounts: what the outcomes amount to."""

from monitor.judge.judge import Judge

__all__ = ["Judge"]
