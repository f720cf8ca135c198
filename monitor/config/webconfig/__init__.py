"""The web-config file: who may speak to the monitor's own HTTP surface, and how.

The format is that of Prometheus' exporter-toolkit
(https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md), and ``roles`` beside it.
"""

from monitor.config.webconfig.reading import WebConfigRead, read_web_config, web_config_in
from monitor.config.webconfig.webconfig import OPEN, RateLimit, Role, Roles, ServerTls, WebConfig

__all__ = [
    "OPEN",
    "RateLimit",
    "Role",
    "Roles",
    "ServerTls",
    "WebConfig",
    "WebConfigRead",
    "read_web_config",
    "web_config_in",
]
