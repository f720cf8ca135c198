"""Grafana dashboards in two languages, made of one description; ``python -m dashboards.build`` writes them."""
