"""What the documents tell to write and to type works as it stands.

Shell blocks are typed, document by document, in a copy of the repository; files among the blocks are written there and
are read by whoever they are for. What cannot be typed is in ``documents/elsewhere.py``, with the reason.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from authority import Authority
from documents.block import ROOT, SHELL, Block, blocks, blocks_of, commands_of, documents, write_files
from documents.elsewhere import ELSEWHERE, elsewhere, look_instead
from documents.sandbox import PREPARED, repository
from documents.session import FOLLOWED, ISOLATED, SAYING, STAYING, bare, run

from monitor.cli import group
from monitor.config import load
from monitor.config.webconfig import read_web_config

PLUGINS = ROOT / "plugins" / "README.md"
ALL = [block for document in documents() for block in blocks_of(document)]
COMMANDS = [command for block in ALL if block.language in SHELL for command in commands_of(block)]
FILES = [block for block in ALL if block.language in ("yaml", "ini")]
TYPED = [document for document in documents() if blocks(document, *SHELL)]
PACKAGES = {
    "amtool": "prometheus-alertmanager",
    "curl": "curl",
    "ip": "iproute2",
    "make": "make",
    "openssl": "openssl",
    "pidof": "procps",
    "prometheus": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
    "promtool": "prometheus",
}
TELL = """{place}: nobody knows how to try a block of {language!r} that begins with {first!r}.
Shell blocks are `sh`. A YAML block begins with the name of its file (`# my-config/monitor.yaml`), and READERS of
{here} has what reads a file of that name. What a command prints has no language and follows the command.
For another kind of block add a reader there."""


def is_configuration(path: Path, folder: Path) -> None:
    root = path.parent if path.name == "monitor.yaml" else path.parents[1]
    assert (root / "monitor.yaml").is_file(), f"no block is {root.relative_to(folder)}/monitor.yaml"

    loaded = load(root)

    assert [str(problem) for problem in loaded.problems if problem.is_error or loaded.inventory.checks] == []
    assert loaded.inventory.checks or path.name == "monitor.yaml"


def is_checked_when_typed(path: Path, _: Path) -> None:
    """Its plugin is installed on the way, in the sandbox."""
    root = path.parent if path.name == "monitor.yaml" else path.parents[1]

    assert any(command.text.endswith(f"check-config {root.name}") for command in COMMANDS)


def is_web_config(path: Path, _: Path) -> None:
    Authority(path.parent).pair("server", "localhost")

    assert [str(problem) for problem in read_web_config(path).problems] == []


def is_prometheus(path: Path, _: Path) -> None:
    found = shutil.which("promtool") or pytest.skip("promtool is missing: apt-get install prometheus")
    (path.parent / "password").touch()
    Authority(path.parent).pair("server", "localhost")
    command = [found, "check", "config", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def is_drop_in(path: Path, folder: Path) -> None:
    """systemd reads it beside the unit that it is for."""
    found = shutil.which("systemd-analyze") or pytest.skip("systemd-analyze is missing: apt-get install systemd")
    unit = path.parent.name.removesuffix(".d")
    text = (ROOT / "deploy" / "systemd" / unit).read_text("utf-8")
    (folder / unit).write_text(re.sub(r"/opt/\S+", "/bin/true", text), "utf-8")
    (folder / f"{unit}.d").mkdir()
    shutil.copy(path, folder / f"{unit}.d")
    done = subprocess.run(
        [found, "verify", "--man=no", str(folder / unit)],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


READERS: dict[str, Callable[[Path, Path], None]] = {
    r"try/.+\.yaml": is_checked_when_typed,
    r"(.+/)?(monitor|agencies/[\w-]+|programmes/[\w-]+)\.yaml": is_configuration,
    r"(.+/)?web\.yaml": is_web_config,
    r"(.+/)?prometheus\.yml": is_prometheus,
    r"/etc/systemd/system/[\w@.-]+\.service\.d/[\w-]+\.conf": is_drop_in,
}
"""Who judges the files among the blocks, by their names."""


def reader(block: Block) -> Callable[[Path, Path], None] | None:
    return next((one for pattern, one in READERS.items() if re.fullmatch(pattern, block.name or "")), None)


def is_known(block: Block) -> bool:
    if block.language in ("yaml", "ini"):
        return reader(block) is not None
    if block.language in ("python", "toml"):
        return block.document == PLUGINS  # plugins/test_readme.py runs them
    return block.language in (*SHELL, "")


@pytest.mark.parametrize("block", ALL, ids=lambda block: block.place)
def test_every_block_is_of_a_known_kind(block):
    first = block.text.partition("\n")[0]

    assert is_known(block), TELL.format(
        place=block.place, language=block.language, first=first, here=Path(__file__).relative_to(ROOT)
    )


@pytest.mark.parametrize("block", FILES, ids=lambda block: block.place)
def test_file_is_taken_by_whoever_reads_it(block, tmp_path):
    path = tmp_path / (block.name or "").removeprefix("/")
    write_files(block.document, tmp_path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, "utf-8")
    judge = reader(block)

    assert judge is not None
    judge(path, tmp_path)


@pytest.mark.services
@pytest.mark.timeout(240)
@pytest.mark.parametrize("document", TYPED, ids=lambda document: str(document.relative_to(ROOT)))
def test_document_works_as_it_is_typed(document, tmp_path, need):
    programs = {word for command in COMMANDS for word in re.findall(r"[\w.-]+", command.text)} & PACKAGES.keys()
    for program in sorted({*programs, "ip"}):
        need(program, PACKAGES[program])
    isolated = subprocess.run([*ISOLATED, "true"], capture_output=True, text=True, timeout=30, check=False)
    if isolated.returncode:
        pytest.skip(f"no namespaces can be made here: {isolated.stderr.strip()}")
    sandbox = repository(tmp_path / "repository")

    done = run(document, sandbox)

    logs = "".join(f"\n{log.name}:\n{log.read_text()[-2000:]}" for log in sandbox.rglob("*.log"))
    assert done.returncode == 0, done.stderr + done.stdout + logs
    for promised in blocks(document, ""):
        assert promised.text in done.stdout, f"{promised.place}: this is not what is printed:\n{done.stdout}"


INSTEAD = [command for command in COMMANDS if elsewhere(command.text)]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    made = repository(tmp_path_factory.mktemp("elsewhere") / "repository")
    for document in TYPED:
        write_files(document, made)
    shutil.copytree(made / "deploy" / "config", made / "my-config", dirs_exist_ok=True)
    (made / "alertmanager.yml").touch()
    return made


@pytest.mark.parametrize("command", INSTEAD, ids=lambda command: command.place)
def test_what_cannot_be_typed_names_what_is_there(command, sandbox):
    look_instead(command.text, sandbox)


@pytest.mark.parametrize("pattern", [one.pattern for one in ELSEWHERE])
def test_what_is_not_typed_is_still_in_a_document(pattern):
    assert any(one.pattern == pattern for command in COMMANDS if (one := elsewhere(command.text))), (
        f"no document has a command like {pattern}: take it out of tests/documents/elsewhere.py"
    )


@pytest.mark.parametrize("pattern", [*(one.pattern for one in STAYING), *SAYING, *FOLLOWED])
def test_what_is_known_of_commands_is_still_in_a_document(pattern):
    assert any(re.fullmatch(pattern, bare(command.text)) for command in COMMANDS), (
        f"no document has a command like {pattern}: take it out of tests/documents/session.py"
    )


@pytest.mark.parametrize("name", PREPARED)
def test_what_a_reader_has_already_is_still_named(name):
    assert any(name in command.text for command in COMMANDS), f"take {name} out of tests/documents/sandbox.py"


def ours_in(text: str) -> list[str]:
    """Return the commands of ours that a text names, in blocks or in passing."""
    shell = "\n".join(command.text for command in COMMANDS if command.text in text)
    passing = re.findall(r"(?<!`)`(datashare-monitor [^`]+)`", text)
    return passing + re.findall(r"(?<![\w/])datashare-monitor [a-z][^\n#|>&;]*", shell.replace("\\\n", " "))


@pytest.mark.parametrize("document", documents(), ids=lambda document: str(document.relative_to(ROOT)))
def test_every_command_and_option_that_is_named_exists(document):
    for named_here in ours_in(document.read_text("utf-8")):
        _, *words = named_here.split()
        command: click.Command = group
        while words and isinstance(command, click.Group) and not words[0].startswith("-"):
            found = command.get_command(click.Context(command), words.pop(0).partition("|")[0])
            assert found is not None, f"there is no {named_here!r}"
            command = found
        known = {name for one in command.params for name in one.opts} | {"--help", "--version"}
        options = {word.partition("=")[0] for word in words if word.startswith("-")}
        assert options <= known, f"{named_here!r} has options that are not there: {sorted(options - known)}"


def test_every_target_of_make_that_documents_name_exists():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    text = "".join(document.read_text("utf-8") for document in documents())

    missing = {name for name in re.findall(r"`make ([a-z]+)", text) if f"\n{name}:" not in makefile}

    assert missing == set()


def anchors(document: Path) -> set[str]:
    """Return the anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", documents(), ids=lambda document: str(document.relative_to(ROOT)))
def test_every_link_leads_somewhere(document):
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        goal = (document.parent / path).resolve() if path else document
        assert goal.exists(), f"{document.relative_to(ROOT)}: {link} leads nowhere"
        assert not anchor or anchor in anchors(goal), f"{document.relative_to(ROOT)}: {link} names no heading"
