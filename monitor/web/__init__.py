"""The HTTP surface: metrics, discovery, API and pages."""

from monitor.web.connection import Limits
from monitor.web.listener import Listener, listen
from monitor.web.routes import application
from monitor.web.running import Running

__all__ = ["Limits", "Listener", "Running", "application", "listen"]
