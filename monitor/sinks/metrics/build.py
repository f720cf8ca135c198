"""What this build of the monitor is."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """Facts for ``datashare_build_info`` and ``datashare_plugin_info``.

    Attributes:
        plugins: Versions by plugin name; plugins that are not named here have an empty version.
    """

    version: str = field(default_factory=lambda: version("datashare-monitor"))
    python: str = field(default_factory=platform.python_version)
    plugins: Mapping[str, str] = field(default_factory=dict)
