"""Probe kind ``ldap``: binds to a directory and searches it."""

from collections.abc import Iterator

from datashare_monitor_ldap.probe import LdapProbe
from datashare_monitor_ldap.readings import MEASURES
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer the probe."""
    yield ProbeKind("ldap", LdapProbe, measures=MEASURES)
