"""Probe kinds ``oauth2`` and ``session``: calls to an API that wants an access token, or a login, first."""

from collections.abc import Iterator

from datashare_monitor_oauth2.probe import OAuth2Probe
from datashare_monitor_oauth2.readings import OF_OAUTH2, OF_SESSION
from datashare_monitor_oauth2.session import SessionProbe
from monitor.plugin import ProbeKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind]:
    """Offer both probes."""
    yield ProbeKind("oauth2", OAuth2Probe, measures=OF_OAUTH2)
    yield ProbeKind("session", SessionProbe, measures=OF_SESSION)
