"""Writes every dashboard in every language; ``python -m dashboards.build`` does it."""

import json
from collections.abc import Iterator
from pathlib import Path

from dashboards.boards import BOARDS
from dashboards.words import Language

HERE = Path(__file__).parent


def files() -> Iterator[tuple[Path, str]]:
    """Yield each file, below this folder, with its text."""
    for language in Language:
        for board in BOARDS:
            text = json.dumps(board.json(language), ensure_ascii=False, indent=2)
            yield Path(language) / f"{board.id}.json", text + "\n"


def main() -> None:
    """Write the files, and take away what is no dashboard any more."""
    written = dict(files())
    for path, text in written.items():
        (HERE / path).parent.mkdir(exist_ok=True)
        (HERE / path).write_text(text, "utf-8")
    for language in Language:
        for path in (HERE / language).glob("*.json"):
            if path.relative_to(HERE) not in written:
                path.unlink()


if __name__ == "__main__":
    main()
