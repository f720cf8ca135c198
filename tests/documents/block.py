"""The fenced blocks of the documents, each with its place."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"( *)(```+|~~~+)\s*(\w*)\s*$")
NAMED = re.compile(r"# (/?[\w.@/-]+\.\w+)\n")
SHELL = ("sh", "bash")


def documents() -> list[Path]:
    """Return every document that an operator or an author of plugins reads; generated ones have no blocks."""
    found = [*ROOT.glob("*.md"), *(ROOT / "dashboards").rglob("*.md")]
    found += [*(ROOT / "deploy").rglob("*.md"), *(ROOT / "plugins").rglob("*.md")]
    return sorted(found)


@dataclass(frozen=True, kw_only=True)
class Block:
    """What stands between two fences.

    Attributes:
        line: Of the opening fence, from 1.
        language: What the fence names; empty when it names none.
    """

    document: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"

    @cached_property
    def name(self) -> str | None:
        """The file that the block is, as its first line tells."""
        named = NAMED.match(self.text)
        return named[1] if named else None


def blocks_of(document: Path) -> list[Block]:
    """Return the blocks of a document in their order.

    Raises:
        ValueError: A fence is not closed; the message says which.
    """
    found: list[Block] = []
    opened: tuple[int, re.Match[str]] | None = None
    lines: list[str] = []
    for number, line in enumerate(document.read_text("utf-8").splitlines(), 1):
        fence = FENCE.match(line)
        if opened is None and fence:
            opened, lines = (number, fence), []
        elif opened is not None and fence and fence[2] == opened[1][2] and not fence[3]:
            found.append(Block(document=document, line=opened[0], language=opened[1][3], text="".join(lines)))
            opened = None
        elif opened is not None:
            lines.append(line.removeprefix(opened[1][1]) + "\n")
    if opened is not None:
        raise ValueError(f"{document.relative_to(ROOT)}:{opened[0]}: the block is not closed")
    return found


def blocks(document: Path, *languages: str) -> list[Block]:
    """Return those of the blocks that are in one of the languages."""
    return [block for block in blocks_of(document) if block.language in languages]


def write_files(document: Path, folder: Path) -> None:
    """Write the files among the blocks of a document; those of the system (``/etc/…``) are left out."""
    for block in blocks_of(document):
        if block.language not in SHELL and block.name and not block.name.startswith("/"):
            path = folder / block.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")


@dataclass(frozen=True)
class Command:
    """One command of a shell block, whole: continued lines are joined."""

    place: str
    text: str


def commands_of(block: Block) -> list[Command]:
    """Return the commands of a shell block."""
    found: list[Command] = []
    begun: list[str] = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        begun.append(line)
        if line.endswith("\\"):
            continue
        text = "\n".join(begun)
        first = number - len(begun) + 1
        begun = []
        if text.strip() and not text.lstrip().startswith("#"):
            found.append(Command(f"{block.document.relative_to(ROOT)}:{first}", text))
    return found
