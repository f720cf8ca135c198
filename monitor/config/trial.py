"""A check that stands in no file: its settings come from a command line, or from another tool's configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.config.kitchen import Kitchen
from monitor.config.place import Node, Place, Problems
from monitor.config.recipe import Recipe
from monitor.plugin.catalogue import Catalogue

FILE = "-"
WITH = "with"


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with one setting.

    Attributes:
        path: The keys that lead there, ``with.valid_status_codes[0]`` for instance; empty when it is the whole.
    """

    path: str
    message: str

    @property
    def key(self) -> str:
        """The option of the probe that it is about; empty when it is about another thing."""
        beginning, _, rest = self.path.partition(".")
        return rest.partition(".")[0].partition("[")[0] if beginning == WITH else ""

    def __str__(self) -> str:
        path = self.path.removeprefix(f"{WITH}.")
        return f"{path}: {self.message}" if path and path != WITH else self.message


def tried(
    catalogue: Catalogue, kind: str, settings: Mapping[str, Any], **beat: str | Mapping[str, int]
) -> tuple[Recipe | None, tuple[Wrong, ...]]:
    """Return the recipe that these settings make, None when they make none, and all that is wrong with them.

    Args:
        catalogue: What is installed.
        kind: Name of the probe kind.
        settings: What stands under ``with``.
        beat: ``every``, ``timeout``, ``confirm`` and ``recheck`` as a file has them.
    """
    value = {"id": "trial", "probe": kind, WITH: dict(settings), **beat}
    problems = Problems()
    recipe = Kitchen(catalogue, problems).recipe(Node(FILE, (), value, _placed(value)), ())
    wrong = tuple(Wrong(problem.path, problem.message) for problem in problems.in_order)
    return recipe, wrong


def _placed(value: object) -> Place:
    """Return a place for every value, so that problems know their path."""
    children: dict[str, Place] | list[Place] | None = None
    if isinstance(value, Mapping):
        children = {str(key): _placed(inner) for key, inner in value.items()}
    elif isinstance(value, list):
        children = [_placed(inner) for inner in value]
    return Place(0, 0, children=children)
