"""A copy of the repository after ``make install``, with an environment of its own, in which a document is typed."""

import shutil
import sys
import venv
from pathlib import Path

from documents.block import ROOT

LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "tests")
PREPARED = {"blackbox.yml": "blackbox.yml", "config.yaml": "gatus.yaml"}
"""What the reader of a document has already, by the samples of ``tests/migration`` that stand in for it."""
HASTENED = {
    "interval: 30s": "interval: 1s",
    "scrape_interval: 15s": "scrape_interval: 1s",
    "every: 10s\n": "every: 1s\n",
    "timeout: 2s\n": "timeout: 500ms\n",
    "for: 1m\n": "for: 1s\n",
    "sleep 5;": "sleep 0.2;",
    "sleep 1;": "sleep 0.2;",
}
"""What a reader waits for, and a test does not."""


def hastened(text: str) -> str:
    for slow, fast in HASTENED.items():
        text = text.replace(slow, fast)
    return text


def repository(folder: Path) -> Path:
    """Make the copy in ``folder``, which must not be there yet."""
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    (folder / "tests").mkdir()
    for name, sample in PREPARED.items():
        shutil.copy(ROOT / "tests" / "migration" / "samples" / sample, folder / name)
    for rules in (folder / "deploy" / "prometheus" / "rules").glob("*.yml"):
        rules.write_text(hastened(rules.read_text("utf-8")), "utf-8")
    _environment(folder / ".venv")
    return folder


def _environment(environment: Path) -> None:
    """Make a virtual environment that has what ours has, and puts what is installed anew into itself."""
    venv.create(environment, with_pip=False)
    [packages] = environment.glob("lib/python3*/site-packages")
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (packages / "shared.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    for command in ("pip", "pytest", "datashare-monitor"):
        _, _, script = (Path(sys.executable).parent / command).read_text("utf-8").partition("\n")
        copy = environment / "bin" / command
        copy.write_text(f"#!{environment}/bin/python\n{script}", "utf-8")
        copy.chmod(0o755)
    (environment / ".installed").touch()
