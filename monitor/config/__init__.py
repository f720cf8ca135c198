"""Configuration: files to Settings and Inventory, with every problem named."""

from pathlib import Path

from monitor.config.difference import Changes, Difference, changes, difference
from monitor.config.emptiness import nothing_left
from monitor.config.parent import load_in_child
from monitor.config.pieces import Assembly, Loaded, PluginReport
from monitor.config.problem import Problem

__all__ = [
    "Changes",
    "Difference",
    "Loaded",
    "PluginReport",
    "Problem",
    "changes",
    "difference",
    "load",
    "load_in_child",
    "nothing_left",
]


def load(directory: Path) -> Loaded:
    """Read a configuration directory in this process; all plugins it wants are imported here."""
    from monitor.config.reading import read

    assembly = Assembly()
    read(directory, assembly.take)
    return assembly.loaded()
