"""Who may speak to the HTTP surface: what the web-config file says, as it is in force."""

from monitor.web.access.access import ACCESS, Access, open_access
from monitor.web.access.guard import GRANTED, Needs, guard, guarded

__all__ = ["ACCESS", "GRANTED", "Access", "Needs", "guard", "guarded", "open_access"]
