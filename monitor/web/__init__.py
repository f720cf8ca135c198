"""The HTTP surface: metrics, discovery, API and pages."""
