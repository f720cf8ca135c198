"""Loads the configuration through a child process, without holding up the event loop."""

import asyncio
import gc
import importlib
import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.config.difference import keeping
from monitor.config.emptiness import nothing_left
from monitor.config.pieces import AllRead, Assembly, ChecksKept, ChecksRead, Loaded, Piece, PluginRuns, SettingsRead
from monitor.config.problem import Problem
from monitor.config.wire import LENGTH, MOST_BYTES, NotImportedError, unframed
from monitor.plugin.installed import FIRST_PARTY, installed
from monitor.settings import Placement, Settings

PLUGIN_SECONDS = 15.0
SILENT_SECONDS = 60.0
MOST_ATTEMPTS = 20
NEVER = 2**30
MIB = 1024 * 1024
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a child may be silent: while a plugin's code runs, and otherwise."""

    plugin_seconds: float = PLUGIN_SECONDS
    silent_seconds: float = SILENT_SECONDS


class ChildError(Exception):
    """The child ended, hung or talked nonsense.

    Attributes:
        plugin: The plugin whose code was running; empty when none was.
    """

    def __init__(self, plugin: str, cause: str) -> None:
        super().__init__(plugin, cause)
        self.plugin = plugin
        self.cause = cause


async def load_in_child(directory: Path, before: Loaded | None = None, limits: Limits = Limits()) -> Loaded:
    """Read a configuration directory in a child process.

    A plugin that kills the child or keeps it busy is marked as failed, and another child reads everything without it.

    Args:
        directory: Holds ``monitor.yaml`` and ``agencies/``.
        before: The configuration in force: checks, systems and connections that did not change are taken from it, and
            are the same objects. One that leaves no check of it is an error.
        limits: For the child.
    """
    failed: dict[str, str] = {}
    for _ in range(MOST_ATTEMPTS):
        try:
            with _no_full_collection():
                loaded = await _attempt(directory, {} if before is None else before.pieces, failed, limits)
                return loaded if before is None else await asyncio.to_thread(_following, before, loaded)
        except ChildError as error:
            if not error.plugin or error.plugin in failed:
                return _given_up(directory, error.cause)
            failed[error.plugin] = error.cause
        except OSError as error:
            return _given_up(directory, str(error))
    return _given_up(directory, "too many plugins break it")


def _following(before: Loaded, loaded: Loaded) -> Loaded:
    if before.inventory is None or loaded.inventory is None:
        return loaded
    if problem := nothing_left(len(before.inventory.checks), loaded.inventory):
        return replace(loaded, inventory=None, problems=(*loaded.problems, problem))
    return replace(loaded, inventory=keeping(before.inventory, loaded.inventory))


async def _attempt(
    directory: Path, before: Mapping[str, ChecksRead], failed: Mapping[str, str], limits: Limits
) -> Loaded:
    assembly = Assembly(before)
    plugin_modules: frozenset[str] = frozenset()
    request = {"directory": os.fspath(directory), "failed": failed, "known": [*before]}
    async with _child(json.dumps(request).encode()) as child:
        plugin = ""
        while assembly.rest is None:
            seconds = limits.plugin_seconds if plugin else limits.silent_seconds
            piece = await _piece(child, plugin, seconds, plugin_modules)
            if isinstance(piece, PluginRuns):
                plugin = piece.plugin
            elif isinstance(piece, SettingsRead):
                if plugin_modules:  # a plugin has run by now: these would be its word
                    raise ChildError(plugin, "it sent settings of its own")
                plugin_modules = await asyncio.to_thread(_admitted, piece.settings)
            elif isinstance(piece, ChecksKept) and piece.digest not in before:
                raise ChildError(plugin, "it sent checks that nobody knows")
            assembly.take(piece)
            await asyncio.sleep(0)
    return assembly.loaded()


@contextmanager
def _no_full_collection() -> Iterator[None]:
    """Keep the collector from walking, again and again, through an inventory that grows and stays: 100 ms each time."""
    before = gc.get_threshold()
    gc.set_threshold(before[0], before[1], NEVER)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@dataclass(frozen=True, slots=True)
class _Child:
    process: "subprocess.Popen[bytes]"
    pieces: asyncio.StreamReader


@asynccontextmanager
async def _child(request: bytes) -> AsyncIterator[_Child]:
    process = _started(request)
    pieces = asyncio.StreamReader(limit=MIB)
    transport: asyncio.BaseTransport | None = None
    try:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(pieces), process.stdout)
        yield _Child(process, pieces)
    finally:
        if transport is not None:
            transport.close()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.to_thread(process.wait)


def _started(request: bytes) -> "subprocess.Popen[bytes]":
    # Not an argument: these may not be long. Not a pipe: it may be full before the child is there to read.
    with os.fdopen(os.memfd_create("request"), "w+b") as file:
        file.write(request)
        file.seek(0)
        # Not asyncio's own way: under uvloop it forks, which holds the loop of a large daemon up for 45 ms.
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "monitor.config.child"],
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ},
            start_new_session=True,
        )


async def _piece(child: _Child, plugin: str, seconds: float, plugin_modules: frozenset[str]) -> Piece:
    try:
        async with asyncio.timeout(seconds):
            return await _unframed(await _frame(child.pieces), plugin_modules)
    except TimeoutError:
        raise ChildError(plugin, f"its code did not end within {seconds:g} s") from None
    except asyncio.IncompleteReadError:
        code = await asyncio.to_thread(child.process.wait)
        how = f"killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        raise ChildError(plugin, f"the process that loaded it was {how}") from None
    except pickle.UnpicklingError as error:
        raise ChildError(plugin, f"it sent something else than configuration: {error}") from None


async def _unframed(body: bytes, plugin_modules: frozenset[str]) -> Piece:
    """Return the piece in a frame; the plugins it needs are imported in a thread, for a driver takes its time."""
    imported: set[str] = set()
    while True:
        try:
            return unframed(body, plugin_modules)
        except NotImportedError as error:
            if error.module in imported:
                raise pickle.UnpicklingError(f"{error.module} does not stay imported") from error
            imported.add(error.module)
            await asyncio.to_thread(_imported, error.module)


def _imported(module: str) -> None:
    try:
        importlib.import_module(module)
    except Exception as error:
        raise pickle.UnpicklingError(f"{module} cannot be imported here: {error!r}") from error


async def _frame(pieces: asyncio.StreamReader) -> bytes:
    (length,) = LENGTH.unpack(await pieces.readexactly(LENGTH.size))
    if length > MOST_BYTES:
        raise pickle.UnpicklingError(f"a frame of {length} bytes")
    return await pieces.readexactly(length)


def _admitted(settings: Settings) -> frozenset[str]:
    """Return the packages that may be imported here: ours, and those the operator lets run in the daemon."""
    ours = frozenset(name.replace("-", "_") for name in FIRST_PARTY)
    trusted = {name for name, plugin in settings.plugins.items() if plugin.run is Placement.IN_LOOP}
    return ours | {plugin.module for plugin in (installed() if trusted else ()) if plugin.name in trusted}


def _given_up(directory: Path, cause: str) -> Loaded:
    problem = Problem(file=str(directory), message=f"the process that reads the configuration failed: {cause}")
    return Assembly(rest=AllRead(None, (problem,), ())).loaded()
