"""Blocks are found with their place, and so are the commands in them."""

import pytest
from documents import block as module
from documents.block import blocks_of, commands_of, write_files


@pytest.fixture
def document(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path / "guide.md"


def test_block_has_its_place_its_language_and_its_name(document):
    document.write_text("# Guide\n\n```yaml\n# first/monitor.yaml\nvantage: first\n```\n")

    [found] = blocks_of(document)

    assert (found.place, found.language, found.name) == ("guide.md:3", "yaml", "first/monitor.yaml")
    assert found.text == "# first/monitor.yaml\nvantage: first\n"


def test_block_within_a_list_loses_its_indentation_and_no_more(document):
    document.write_text("* One:\n\n  ```yaml\n  a:\n    b: 1\n  ```\n")

    assert [found.text for found in blocks_of(document)] == ["a:\n  b: 1\n"]


def test_block_that_is_not_closed_is_named(document):
    document.write_text("text\n```sh\nmake run\n")

    with pytest.raises(ValueError, match=r"guide\.md:2: the block is not closed"):
        blocks_of(document)


def test_continued_lines_are_one_command_and_remarks_are_none(document):
    document.write_text("```sh\n# first\nprometheus \\\n  --agent\n\nmake run  # then\n```\n")
    [found] = blocks_of(document)

    commands = [(command.place, command.text) for command in commands_of(found)]

    assert commands == [("guide.md:3", "prometheus \\\n  --agent"), ("guide.md:6", "make run  # then")]


def test_files_among_the_blocks_are_written_and_those_of_the_system_are_not(document, tmp_path):
    document.write_text("```ini\n# /etc/site.conf\n```\n```yaml\n# a/b.yaml\nc: 1\n```\n```sh\n# no/file.sh\n```\n")

    write_files(document, tmp_path / "out")

    assert [str(path.relative_to(tmp_path)) for path in (tmp_path / "out").rglob("*.*")] == ["out/a/b.yaml"]
