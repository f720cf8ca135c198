"""The files of a configuration directory; nothing outside it is read."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from monitor.config.problem import Problem, suggestion
from monitor.config.text import decoded

MONITOR = "monitor.yaml"
AGENCIES = "agencies"
PROGRAMMES = "programmes"
MIB = 1024 * 1024
MOST_BYTES = 8 * MIB
MOST_BYTES_IN_ALL = 512 * MIB
MOST_FILES = 10_000


@dataclass(slots=True)
class Files:
    """What a directory holds.

    Attributes:
        newest_has_variables: Whether ``${`` stands in the file that was read last.
        problems: Of files that are in the wrong place or cannot be read.
    """

    root: Path
    has_monitor: bool = False
    newest_has_variables: bool = False
    agencies: list[str] = field(default_factory=list)
    programmes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def text(self, name: str) -> str | None:
        """Return the text of a file, or note why it has none."""
        found = self._read(name)
        if isinstance(found, str):
            self.newest_has_variables = "${" in found
            return found
        self.problems.append(found)
        return None

    def _read(self, name: str) -> str | Problem:
        path = self.root / name
        try:
            real = path.resolve(strict=True)
            if not real.is_relative_to(self.root):
                return Problem(file=name, message=f"leads out of the directory, to {real}; put the file itself here")
            facts = real.stat()
            if not stat.S_ISREG(facts.st_mode):
                return Problem(file=name, message="is not an ordinary file")
            if facts.st_size > MOST_BYTES:
                return Problem(file=name, message=f"is larger than {MOST_BYTES // MIB} MiB; split it")
            with real.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except (OSError, RuntimeError) as error:
            why = error.strerror if isinstance(error, OSError) else "its links lead in a circle"
            return Problem(file=name, message=f"cannot be read: {why}")
        return decoded(name, content)


def scanned(directory: Path) -> Files:
    """Return the files of a directory, in order."""
    try:
        root = directory.resolve(strict=True)
    except (OSError, RuntimeError):
        return Files(directory, problems=[Problem(file=str(directory), message="there is no such directory")])
    if not root.is_dir():
        return Files(root, problems=[Problem(file=str(directory), message="is not a directory")])
    files = Files(root)
    try:
        files.has_monitor = (root / MONITOR).exists() or (root / MONITOR).is_symlink()
        files.problems += _strays(files)
        files.agencies = _yaml(files, AGENCIES)
        files.programmes = _yaml(files, PROGRAMMES)
    except OSError as error:
        files.problems.append(Problem(file=str(directory), message=f"cannot be read: {error.strerror}"))
    _limit(files)
    return files


def _yaml(files: Files, folder: str) -> list[str]:
    directory = files.root / folder
    if not directory.is_dir():
        return []
    if not directory.resolve().is_relative_to(files.root):
        message = f"leads out of the directory, to {directory.resolve()}; put the files themselves here"
        files.problems.append(Problem(file=folder, message=message))
        return []
    names = []
    for path in sorted(directory.iterdir()):
        name = f"{folder}/{path.name}"
        if path.name.startswith("."):
            continue
        if path.suffix == ".yaml":
            names.append(name)
        elif path.suffix in {".yml", ".json"}:
            files.problems.append(Problem(file=name, message=f"is not read; name it {path.stem}.yaml"))
        elif path.is_dir():
            files.problems.append(Problem(file=name, message=f"is a directory; files lie directly in {folder}/"))
    return names


def _strays(files: Files) -> Iterator[Problem]:
    if not files.has_monitor:
        yield Problem(file=MONITOR, message="there is no such file; an empty mapping, {}, takes every default")
    known = (MONITOR, AGENCIES, PROGRAMMES)
    for path in sorted(files.root.iterdir()):
        near = suggestion(path.name, known) if path.name not in known else ""
        if near:
            yield Problem(file=path.name, message=f"is not read{near}")


def _limit(files: Files) -> None:
    names = [*files.agencies, *files.programmes]
    if len(names) > MOST_FILES:
        files.problems.append(Problem(file=AGENCIES, message=f"more than {MOST_FILES:,} files; join some"))
        files.agencies, files.programmes = [], []
        return
    total = 0
    for name in names:
        path = files.root / name
        total += path.stat().st_size if path.is_file() else 0
    if total > MOST_BYTES_IN_ALL:
        message = f"more than {MOST_BYTES_IN_ALL // MIB} MiB in all"
        files.problems.append(Problem(file=AGENCIES, message=message))
        files.agencies, files.programmes = [], []
