"""Alertmanager's configuration, made of the contacts, owners and maintenance windows of the inventory."""

from monitor.alertmanager.contacts import missing
from monitor.alertmanager.document import Desk, configuration, written
from monitor.alertmanager.mail import Mail
from monitor.alertmanager.mutes import mutes

__all__ = ["Desk", "Mail", "configuration", "missing", "mutes", "written"]
