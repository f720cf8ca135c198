"""Reads the files of other tools: ordinary YAML, with anchors and merge keys, or JSON; within limits."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs leave it out

from monitor.config.problem import Problem
from monitor.config.scalar import plain
from monitor.config.text import decoded

MIB = 1024 * 1024
MOST_BYTES = 32 * MIB
MOST_NODES = 500_000
"""With what aliases and merge keys repeat counted each time."""
MOST_DEPTH = 64
SQLITE = b"SQLite format 3\x00"
MERGE = "tag:yaml.org,2002:merge"

SIGNS: tuple[tuple[str, str], ...] = (
    ("monitorList", "a backup of Uptime Kuma; use import uptime-kuma"),
    ("modules", "a module file of blackbox_exporter; use import blackbox"),
    ("scrape_configs", "a configuration of Prometheus; give it to import blackbox with --prometheus"),
    ("endpoints", "a configuration of Gatus; use import gatus"),
    ("agency", "an agency file of this monitor; there is nothing to import"),
)
"""Keys by which the files of the tools are told apart."""

Foreign = Mapping[str, Any]


class ForeignError(Exception):
    """A file that cannot be read, or is another tool's; the text says where, what and what to do."""


def yaml_file(path: Path) -> Any:
    """Return what a YAML file holds; numbers and words mean what they mean in JSON.

    Raises:
        ForeignError: It cannot be read, is no YAML, or is made to blow up.
    """
    text = _text(path)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise ForeignError(f"{path}\n  holds nothing")
        _weighed(node, {}, 0, str(path))
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise ForeignError(f"{where}\n  not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        raise ForeignError(f"{path}\n  not YAML: {said or type(error).__name__}") from None


def json_file(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises:
        ForeignError: It cannot be read, or is no JSON.
    """
    text = _text(path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ForeignError(f"{path}:{error.lineno}:{error.colno}\n  not JSON: {error.msg.lower()}") from None
    except (RecursionError, ValueError) as error:
        raise ForeignError(f"{path}\n  not JSON: {type(error).__name__}") from None


def is_database(path: Path) -> bool:
    """Tell whether a file is one of SQLite.

    Raises:
        ForeignError: It cannot be read, or is no file.
    """
    if path.exists() and not path.is_file():
        raise ForeignError(f"{path}\n  is not an ordinary file")
    try:
        with path.open("rb") as file:
            return file.read(len(SQLITE)) == SQLITE
    except OSError as error:
        raise ForeignError(f"{path}\n  cannot be read: {error.strerror}") from None


def mapping_with(key: str, value: object, path: Path) -> Foreign:
    """Return the mapping at the top of a file, which has this key.

    Raises:
        ForeignError: It has not; says whose file it seems to be.
    """
    if isinstance(value, Mapping) and key in value:
        return value
    found = next((said for sign, said in SIGNS if isinstance(value, Mapping) and sign in value), "")
    raise ForeignError(f'{path}\n  the key "{key}" is missing' + (f"; this looks like {found}" if found else ""))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ForeignError(f"{path}\n  cannot be read: {error.strerror}") from None
    if content.startswith(SQLITE):
        raise ForeignError(f"{path}\n  is a database; if it is kuma.db of Uptime Kuma, use import uptime-kuma")
    if len(content) > MOST_BYTES:
        raise ForeignError(f"{path}\n  is larger than {MOST_BYTES // MIB} MiB; split it")
    if not content.strip():
        raise ForeignError(f"{path}\n  is empty")
    text = decoded(str(path), content)
    if isinstance(text, Problem):
        raise ForeignError(str(text))
    return text


class _Loader(CParser, yaml.constructor.SafeConstructor, yaml.resolver.Resolver):
    """The safe constructor of PyYAML, without the words and numbers of YAML 1.1."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        yaml.constructor.SafeConstructor.__init__(self)
        yaml.resolver.Resolver.__init__(self)


def _scalar(loader: Any, node: Any) -> Any:
    text = loader.construct_scalar(node)
    return text if node.style else plain(text)


_Loader.yaml_implicit_resolvers = {"<": [(MERGE, re.compile("^<<$"))]}
_Loader.add_constructor("tag:yaml.org,2002:str", _scalar)


def _weighed(node: yaml.Node, known: dict[int, int], depth: int, path: str) -> int:
    """Return how many values a node stands for once aliases and merges are written out."""
    if id(node) in known:
        return known[id(node)]
    if depth > MOST_DEPTH:
        raise ForeignError(f"{path}:{node.start_mark.line + 1}\n  nested more than {MOST_DEPTH} deep")
    known[id(node)] = MOST_NODES + 1  # an alias of itself
    weight = 1
    if isinstance(node, yaml.MappingNode):
        weight += sum(_weighed(one, known, depth + 1, path) for pair in node.value for one in pair)
    elif isinstance(node, yaml.SequenceNode):
        weight += sum(_weighed(one, known, depth + 1, path) for one in node.value)
    if weight > MOST_NODES:
        raise ForeignError(f"{path}:{node.start_mark.line + 1}\n  more than {MOST_NODES:,} values, aliases counted")
    known[id(node)] = weight
    return weight
