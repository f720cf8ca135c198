"""Module files: ``modules:`` in the grammar of blackbox_exporter 0.28, read onto the probe kinds of this monitor."""

from monitor.config.modules.module import Module, Modules
from monitor.config.modules.reading import modules_in, read_modules

__all__ = ["Module", "Modules", "modules_in", "read_modules"]
