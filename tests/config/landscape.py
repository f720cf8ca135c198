"""Configuration directories for tests."""

from importlib.metadata import EntryPoint
from pathlib import Path

from monitor.config.pieces import Assembly, Loaded
from monitor.config.reading import read
from monitor.plugin.hookspecs import PROJECT

SAMPLE = EntryPoint("sample", "sample_kinds", PROJECT)
MONITOR = """\
plugins: {sample: {}}
templates:
  lgsp:
    - {id: web, probe: http, with: {target: "${base}/health"}}
"""
AGENCY = "agency: {id: ha-noi, class: city, name: Hà Nội}\n"


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write the files of a directory, monitor.yaml included unless it is given."""
    for name, text in {"monitor.yaml": MONITOR, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return root


def loaded(root: Path, found: tuple[EntryPoint, ...] = (SAMPLE,), **more: object) -> Loaded:
    """Read a directory with the plugins of the tests instead of the installed ones."""
    assembly = Assembly()
    read(root, assembly.take, found=found, **more)
    return assembly.loaded()
