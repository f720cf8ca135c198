"""The one hook."""

from collections.abc import Iterable

import pluggy

from monitor.plugin.probe import ProbeKind
from monitor.plugin.source import SourceKind

PROJECT = "datashare_monitor"
"""The pluggy project and the entry-point group."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def monitor_kinds() -> Iterable[ProbeKind | SourceKind]:  # type: ignore[empty-body]
    """Offer kinds of probe and source that configuration may name."""
