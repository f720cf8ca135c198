"""Where recipes are made: the settings of a check are checked, and its probe is filled."""

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from pydantic import ValidationError
from pydantic_core import to_json

from monitor.config.beat import Beat, beat_of
from monitor.config.documents.check import BeatShape, CheckShape
from monitor.config.filling import Said, as_json, hidden, note, without
from monitor.config.keys import keys_at
from monitor.config.place import Node, Problems
from monitor.config.problem import listed, suggestion
from monitor.config.recipe import Look, Measures, Recipe
from monitor.config.wire import carried
from monitor.measure import Measure
from monitor.plugin.catalogue import Catalogue
from monitor.plugin.conformance import measure_faults
from monitor.plugin.exchange import systems_of
from monitor.plugin.form import form, secrets_of
from monitor.plugin.probe import ProbeKind, Where
from monitor.plugin.quantities import shown
from monitor.plugin.remote import RemoteProbe, UnavailableProbe

T = TypeVar("T", bound=Hashable)


class SettingsError(Exception):
    """The settings fill a probe, but one that no check can have; the message says what to write instead."""


@dataclass(slots=True)
class Kitchen:
    """What recipes are made with.

    Attributes:
        running: Told the name of the plugin whose code is about to run when it is not ours, and an empty one otherwise.
    """

    catalogue: Catalogue
    problems: Problems
    running: Callable[[str], None] = lambda plugin: None  # noqa: ARG005
    _shared: dict[Hashable, Any] = field(default_factory=dict)
    _is_running: str = ""

    def recipe(self, node: Node, outer: tuple[BeatShape, ...], said: Said | None = None) -> Recipe | None:
        """Return the recipe of a check, or note all that is wrong with it.

        Args:
            node: The mapping in the file, its variables replaced.
            outer: The template, if any, and the defaults.
            said: Moves, rewords or drops a problem.
        """
        say = said or (lambda place, text: (place, text))
        shape = None
        try:
            shape = CheckShape.model_validate_json(to_json(without(node.value, ("with",))))
        except ValidationError as error:
            note(error, CheckShape, node, self.problems, self._beside(node, say))
        kind = node.value.get("probe")
        settings = node.value.get("with", {})
        if not isinstance(kind, str) or not isinstance(settings, dict):
            return None
        look = self._look(node, kind, settings, say)
        if shape is None:
            return None
        beat = self._beat(node, (shape, *outer), say)
        if look is None or beat is None:
            return None
        return Recipe(
            name=shape.id,
            kind=self.share(kind),
            look=look,
            beat=beat,
            formerly=tuple(shape.formerly),
            settings=settings,
        )

    def _beside(self, node: Node, say: Said) -> Said:
        """Return what tells of a key that belongs under ``with`` and stands beside it."""
        kind = self.catalogue.kinds.get(str(node.value.get("probe")))
        keys = keys_at(kind.probe, ()) if kind else []

        def said(place: Node, text: str) -> tuple[Node, str] | None:
            key = place.path[-1]
            is_known = key in keys and text.startswith("unknown key")
            return say(place, f"{shown(key)} is a key of the probe; write it under with" if is_known else text)

        return said

    def share(self, value: T) -> T:
        """Return the one instance of all equal values."""
        return cast("T", self._shared.setdefault((type(value), value), value))

    def _beat(self, node: Node, shapes: tuple[BeatShape, ...], say: Said) -> Beat | None:
        beat, wrong = beat_of(shapes)
        for key, message in wrong.items():
            if moved := say(node.find(key), message):
                self.problems.add(*moved)
        return None if wrong else self.share(beat)

    def _look(self, node: Node, name: str, settings: dict[str, Any], say: Said) -> Look | None:
        kind = self.catalogue.kinds.get(name)
        if kind is None:
            return self._unavailable(node.find("probe"), name, say)
        # What is missing there is missing in ``with``, also when the whole of it is.
        nothing = Node(node.file, (*node.path, "with"), {}, node.place._replace(children=None))
        place = node.find("with") if "with" in node.value else nothing
        plugin = self.catalogue.plugin_of[name]
        self._announce("" if self.catalogue.loaded[plugin].is_ours else plugin)
        try:
            return self._filled(kind, plugin, as_json(settings))
        except ValidationError as error:
            note(error, kind.probe, place, self.problems, say)
            more = hidden(error, settings, kind.probe, lambda text: self._filled(kind, plugin, text))
            if more is not None:
                note(more, kind.probe, place, self.problems, say)
            return None
        except SettingsError as error:
            if moved := say(place, str(error)):
                self.problems.add(*moved)
            return None
        except BaseException as error:  # noqa: BLE001 - foreign code, which may even call sys.exit
            message = f"the plugin {plugin} failed on these settings: {type(error).__name__}: {str(error)[:200]}"
            if moved := say(place, f"{message}; the check will be unknown"):
                self.problems.add(*moved, is_error=False)
            return Look(probe=UnavailableProbe(message), plugin=plugin)

    def _filled(self, kind: ProbeKind, plugin: str, settings: str) -> Look:
        made = form(kind.probe)
        used: set[str] = set()
        probe = made.fill(settings, self.catalogue.sources, used)
        where, process = self._process(kind.name, plugin, used)
        host, measures = made.host(probe), self._measures(kind, probe)
        if where is Where.WORKER:
            secrets = tuple(dict.fromkeys(secrets_of(probe)))
            systems = tuple(dict.fromkeys(systems_of(probe)))
            probe = RemoteProbe(plugin=process, kind=kind.name, settings=settings, secrets=secrets, systems=systems)
        elif not self.catalogue.loaded[plugin].is_ours:
            loaded = self.catalogue.loaded.values()  # ours may be where its source comes from
            _try_to_carry(probe, {one.module for one in loaded if one.is_ours or one.name == plugin})
        return Look(probe=probe, plugin=plugin, where=where, host=host, measures=measures)

    def _process(self, kind: str, plugin: str, sources: set[str]) -> tuple[Where, str]:
        """Return where the probe runs, and the plugin whose worker that is: foreign sources take it into theirs."""
        loaded, where = self.catalogue.loaded, self.catalogue.where[kind]
        owners = {self.catalogue.plugin_of_source[name] for name in sources}
        foreign = {owner for owner in owners if not loaded[owner].is_ours} | {plugin} - {
            name for name, one in loaded.items() if one.is_ours
        }
        if len(foreign) > 1:
            raise SettingsError(
                f"{' and '.join(sorted(foreign))} run apart; use a source of the same plugin, or of ours"
            )
        if foreign - {plugin}:
            return Where.WORKER, next(iter(foreign))
        return where, plugin

    def _measures(self, kind: ProbeKind, probe: Any) -> Measures:
        try:
            own = tuple(probe.measures()) if callable(getattr(probe, "measures", None)) else ()
        except ValueError as error:
            raise SettingsError(str(error)) from error
        for measure in own:
            faults = [*measure_faults(measure)] if isinstance(measure, Measure) else ["measures() must return Measures"]
            if faults:
                raise TypeError("; ".join(faults))
        found = self._shared.get((kind.name, own))
        if found is None:
            found = self._shared[kind.name, own] = Measures.of((*kind.measures, *own))
        return cast("Measures", found)

    def _unavailable(self, place: Node, name: str, say: Said) -> Look | None:
        failed = self.catalogue.failures
        owner = self.catalogue.failed_with(name)
        near = "" if owner else suggestion(name, self.catalogue.kinds)
        if failed and not near:
            why = "; ".join(f"the plugin {plugin} could not be loaded: {cause}" for plugin, cause in failed.items())
            message = f'no probe kind "{name[:60]}" is there: {why}'
            if moved := say(place, f"{message}; the check will be unknown"):
                self.problems.add(*moved, is_error=False)
            # Which one offers the kind cannot be asked; most have one of their own name.
            plugin = owner or (next(iter(failed)) if len(failed) == 1 else "")
            return Look(probe=self.share(UnavailableProbe(message[:500])), plugin=plugin)
        message = f'no probe kind "{name[:60]}" is installed{near or ";"}{"" if near else " write one that is."}'
        if moved := say(place, f"{message} Installed: {listed(self.catalogue.kinds)}"):
            self.problems.add(*moved)
        return None

    def _announce(self, plugin: str) -> None:
        if plugin != self._is_running:
            self._is_running = plugin
            self.running(plugin)


def _try_to_carry(probe: object, modules: Collection[str]) -> None:
    """Return if a probe of another's plugin comes through the pipe; otherwise the whole configuration would not.

    Raises:
        TypeError: It does not.
    """
    try:
        carried(probe, modules)
    except Exception as error:
        raise TypeError(
            "only plain values, dataclasses and enums from the top of its own modules come into the daemon; "
            f"write run: worker to leave it apart ({error})"
        ) from error
