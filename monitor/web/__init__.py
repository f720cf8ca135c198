"""The HTTP surface: metrics, discovery, API and pages."""

from monitor.web.access import Access, open_access
from monitor.web.connection import Limits
from monitor.web.listener import Listener, listen
from monitor.web.routes import application
from monitor.web.running import Running

__all__ = ["Access", "Limits", "Listener", "Running", "application", "listen", "open_access"]
