"""Listeners to events: metrics, newest outcomes, journal."""
