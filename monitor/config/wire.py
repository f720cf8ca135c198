"""How the child that reads the configuration hands it to its parent: pickles that can only make what we expect."""

import dataclasses
import importlib
import io
import pickle
import struct
import sys
from collections.abc import Collection
from enum import Enum
from typing import IO, Any
from zoneinfo import ZoneInfo

from monitor.config.pieces import AllRead, ChecksKept, ChecksRead, Piece, PluginRuns, SettingsRead

LENGTH = struct.Struct("!I")
MOST_BYTES = 256 * 1024 * 1024

OURS = frozenset(
    {
        "monitor.config.pieces", "monitor.config.problem", "monitor.inventory", "monitor.measure",
        "monitor.observation", "monitor.plugin.addresses", "monitor.plugin.exchange", "monitor.plugin.expectations",
        "monitor.plugin.http.assertions", "monitor.plugin.http.body_readings", "monitor.plugin.http.credentials",
        "monitor.plugin.http.oauth2", "monitor.plugin.pattern", "monitor.plugin.probe", "monitor.plugin.remote",
        "monitor.plugin.row_readings", "monitor.plugin.secret", "monitor.plugin.tables", "monitor.plugin.vantage",
        "monitor.plugin.waiting", "monitor.settings",
    }
)  # fmt: skip
PLAIN = frozenset(
    {
        ("builtins", "frozenset"), ("builtins", "set"), ("datetime", "date"), ("datetime", "datetime"),
        ("datetime", "time"), ("datetime", "timedelta"), ("datetime", "timezone"), ("ipaddress", "IPv4Address"),
        ("ipaddress", "IPv4Network"), ("ipaddress", "IPv6Address"), ("ipaddress", "IPv6Network"),
        ("zoneinfo", "ZoneInfo"), ("copyreg", "_reconstructor"), ("builtins", "object"),
    }
)  # fmt: skip
"""Neither does anything but hold values."""


class NotImportedError(Exception):
    """A module that is wanted is not imported yet; whoever unpacks the piece does it where it holds nobody up.

    Attributes:
        module: Its name.
    """

    def __init__(self, module: str) -> None:
        super().__init__(module)
        self.module = module


def framed(piece: Piece) -> bytes:
    """Return a piece as it goes through the pipe."""
    body = pickle.dumps(piece, protocol=5)
    return LENGTH.pack(len(body)) + body


def unframed(body: bytes, plugin_modules: Collection[str]) -> Piece:
    """Return the piece in the body of a frame.

    Args:
        body: Without its length.
        plugin_modules: Packages of the plugins that may run in this process.

    Raises:
        pickle.UnpicklingError: It holds anything but values of our own and of these plugins.
        NotImportedError: One of these plugins is to be imported first.
    """
    try:
        piece = _Restricted(io.BytesIO(body), plugin_modules).load()
    except (pickle.UnpicklingError, NotImportedError):
        raise
    except Exception as error:
        raise pickle.UnpicklingError(f"not a piece of configuration: {error!r}") from error
    if not isinstance(piece, SettingsRead | PluginRuns | ChecksRead | ChecksKept | AllRead):
        raise pickle.UnpicklingError(f"a {type(piece).__name__} is not a piece of configuration")
    return piece


def carried(value: Any, plugin_modules: Collection[str]) -> Any:
    """Return a value as it comes out at the other end of the pipe.

    Raises:
        pickle.UnpicklingError: It holds what may not come out there.
        NotImportedError: One of these plugins is not imported.
    """
    return _Restricted(io.BytesIO(pickle.dumps(value, protocol=5)), plugin_modules).load()


class _Restricted(pickle.Unpickler):
    def __init__(self, file: IO[bytes], plugin_modules: Collection[str]) -> None:
        super().__init__(file)
        self._plugin_modules = plugin_modules

    def find_class(self, module: str, name: str) -> Any:
        """Return a class that only holds values, or what finds a value by its name."""
        if (module, name) == ("builtins", "getattr"):  # how members of enums and time zones are pickled
            return _member
        if (module, name) in PLAIN:
            return getattr(importlib.import_module(module), name)
        is_plugin = module.partition(".")[0] in self._plugin_modules
        if is_plugin and module not in sys.modules:
            raise NotImportedError(module)
        if module in OURS or is_plugin:
            found = getattr(importlib.import_module(module), name, None) if "." not in name else None
            if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, Enum)):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a configuration")


def _member(kind: object, name: object) -> object:
    if kind is ZoneInfo and name == "_unpickle":
        return _zone
    if not isinstance(kind, type) or not issubclass(kind, Enum) or not isinstance(name, str):
        raise pickle.UnpicklingError(f"{name!r} is not the member of an enum")
    return kind[name]


def _zone(key: str, _from_cache: object) -> ZoneInfo:
    return ZoneInfo(key)
