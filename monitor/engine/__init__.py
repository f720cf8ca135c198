"""Starting every check on its beat and ending it at its deadline."""

from monitor.engine.engine import Engine

__all__ = ["Engine"]
