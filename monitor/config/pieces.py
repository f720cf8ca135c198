"""What reading a directory brings forth, piece by piece, and what becomes of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from monitor.config.problem import Problem
from monitor.inventory import Check, CheckId, Inventory
from monitor.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginReport:
    """One plugin: what it offers, or why it could not be loaded.

    Attributes:
        kinds: Names of its probe kinds.
        sources: Names of its source kinds.
        failure: Empty when it was loaded.
    """

    name: str
    distribution: str = ""
    version: str = ""
    is_ours: bool = False
    kinds: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True)
class SettingsRead:
    """The daemon's settings; no plugin has been loaded yet."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class PluginRuns:
    """The code of a plugin is about to run; an empty name says that it is done."""

    plugin: str


@dataclass(frozen=True, slots=True)
class ChecksRead:
    """Some of the checks."""

    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class AllRead:
    """Everything else; the inventory has no checks in it."""

    inventory: Inventory | None
    problems: tuple[Problem, ...]
    plugins: tuple[PluginReport, ...]


Piece = SettingsRead | PluginRuns | ChecksRead | AllRead


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration that was read.

    Attributes:
        inventory: None when any of the problems is an error.
    """

    settings: Settings
    inventory: Inventory | None
    problems: tuple[Problem, ...] = ()
    plugins: tuple[PluginReport, ...] = ()


@dataclass(slots=True)
class Assembly:
    """Puts the pieces together."""

    settings: Settings = field(default_factory=Settings)
    checks: dict[CheckId, Check] = field(default_factory=dict)
    rest: AllRead | None = None

    def take(self, piece: Piece) -> None:
        """Add a piece."""
        if isinstance(piece, SettingsRead):
            self.settings = piece.settings
        elif isinstance(piece, ChecksRead):
            self.checks.update((check.id, check) for check in piece.checks)
        elif isinstance(piece, AllRead):
            self.rest = piece

    def loaded(self, more: Iterable[Problem] = ()) -> Loaded:
        """Return all that was read."""
        rest = self.rest or AllRead(None, (), ())
        problems = (*more, *rest.problems)
        inventory = None
        if rest.inventory is not None and not any(problem.is_error for problem in problems):
            inventory = replace(rest.inventory, checks=self.checks)
        return Loaded(settings=self.settings, inventory=inventory, problems=problems, plugins=rest.plugins)
