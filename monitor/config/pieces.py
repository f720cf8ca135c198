"""What reading a directory brings forth, piece by piece, and what becomes of it."""

import hashlib
from collections.abc import Iterable, Mapping
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

    @property
    def digest(self) -> str:
        """Equal for two pieces that hold the same checks, configured alike and in the same order."""
        content = hashlib.blake2b(digest_size=8)
        for check in self.checks:
            content.update(f"{check.id} {check.fingerprint}\n".encode())
        return content.hexdigest()


@dataclass(frozen=True, slots=True)
class ChecksKept:
    """A piece that came with the configuration before, and has not changed."""

    digest: str


@dataclass(frozen=True, slots=True)
class AllRead:
    """Everything else; the inventory has no checks in it."""

    inventory: Inventory | None
    problems: tuple[Problem, ...]
    plugins: tuple[PluginReport, ...]


Piece = SettingsRead | PluginRuns | ChecksRead | ChecksKept | AllRead


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration that was read.

    Attributes:
        inventory: None when any of the problems is an error.
        pieces: The checks as they came, by digest: what the next configuration has too need not come again.
    """

    settings: Settings
    inventory: Inventory | None
    problems: tuple[Problem, ...] = ()
    plugins: tuple[PluginReport, ...] = ()
    pieces: Mapping[str, ChecksRead] = field(default_factory=dict)


@dataclass(slots=True)
class Assembly:
    """Puts the pieces together."""

    before: Mapping[str, ChecksRead] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    checks: dict[CheckId, Check] = field(default_factory=dict)
    pieces: dict[str, ChecksRead] = field(default_factory=dict)
    rest: AllRead | None = None

    def take(self, piece: Piece) -> None:
        """Add a piece."""
        if isinstance(piece, SettingsRead):
            self.settings = piece.settings
        elif isinstance(piece, ChecksKept):
            self.take(self.before[piece.digest])
        elif isinstance(piece, ChecksRead):
            self.pieces[piece.digest] = piece
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
        return Loaded(
            settings=self.settings, inventory=inventory, problems=problems, plugins=rest.plugins, pieces=self.pieces
        )
