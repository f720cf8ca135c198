"""Thresholds, maintenance and accounts: what the outcomes amount to."""
