"""What this build of the monitor is."""

import platform
from dataclasses import dataclass, field
from importlib.metadata import version


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """Facts for ``datashare_build_info``."""

    version: str = field(default_factory=lambda: version("datashare-monitor"))
    python: str = field(default_factory=platform.python_version)
