"""Labels and names of alerts that routes and inhibition rely on; the rules in ``deploy/prometheus`` set them."""

AGENCY = "agency"
"""Whose system or connection the alert is about."""
TARGET = "target"
"""The system or connection, without its agency."""
OWNER = "owner"
"""Who has to act: ``agency/contact``, or the agency while nobody is named. A connection that is broken at a hub is for
the owner of the hub."""
DOMAIN = "domain"
"""Where the fault lies; ``monitor`` is ours."""
AT = "at"
"""The system that is broken, ``agency/target``: of an alert about a system itself, of one about a connection its first
broken hop."""
SEVERITY = "severity"
PROGRAMME = "programme"

WATCHDOG = "Watchdog"
"""The alert that always fires, so that its absence is noticed."""
HUB_DOWN = "HubDown"
SYSTEM_DOWN = "SystemDown"
AGENCY_DOWN = "AgencyDown"
MONITOR_DOWN = "MonitorDown"
MONITOR_NETWORK_DOWN = "MonitorNetworkDown"
MONITOR_BLIND = ("ConnectionUnknown", "MonitorChecksStale")
"""What the operators are told of targets that the monitor does not see."""
CONNECTIONS = "Connection.*"
CERTIFICATES = "Certificate.*"
CRITICAL = "critical"
