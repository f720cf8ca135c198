"""What a vantage is made of: safe HTTP client, resolver, egress policy, TLS contexts, token cache."""

from monitor.network.network import Network
from monitor.network.run import RunVantage

__all__ = ["Network", "RunVantage"]
