"""Only ordinary files inside the directory are read; everything else is said so."""

import os
from pathlib import Path

import pytest
from config.landscape import AGENCY, loaded, write

from monitor.config.files import MIB, scanned


def messages(root: Path) -> dict[str, str]:
    return {problem.file: problem.message for problem in loaded(root).problems}


def test_missing_directory_is_a_problem(tmp_path):
    assert "there is no such directory" in messages(tmp_path / "nowhere")[str(tmp_path / "nowhere")]


def test_file_in_place_of_the_directory_is_a_problem(tmp_path):
    (tmp_path / "file").write_text("")

    assert "is not a directory" in messages(tmp_path / "file")[str(tmp_path / "file")]


def test_missing_monitor_yaml_is_a_problem(tmp_path):
    write(tmp_path, {"agencies/ha-noi.yaml": AGENCY})
    (tmp_path / "monitor.yaml").unlink()

    assert "there is no such file" in messages(tmp_path)["monitor.yaml"]


def test_directory_without_agencies_is_a_warning(tmp_path):
    found = loaded(write(tmp_path, {}))

    assert [problem.is_error for problem in found.problems] == [False]
    assert found.inventory is not None


@pytest.mark.parametrize("link", ["agencies/ha-noi.yaml", "agencies", "monitor.yaml"])
def test_symlink_out_of_the_directory_is_refused(link, tmp_path):
    outside = write(tmp_path / "outside", {"agencies/ha-noi.yaml": AGENCY})
    inside = write(tmp_path / "inside", {})
    (inside / link).unlink(missing_ok=True)
    (inside / link).parent.mkdir(exist_ok=True)
    (inside / link).symlink_to(outside / link)

    found = loaded(inside)

    assert "leads out of the directory" in {problem.file: problem.message for problem in found.problems}[link]
    assert found.inventory is None


def test_symlinks_within_the_directory_are_followed_as_kubernetes_mounts_them(tmp_path):
    write(tmp_path, {"agencies/..2026/ha-noi.yaml": AGENCY})
    (tmp_path / "agencies/..data").symlink_to("..2026")
    (tmp_path / "agencies/ha-noi.yaml").symlink_to("..data/ha-noi.yaml")

    found = loaded(tmp_path)

    assert not found.problems
    assert found.inventory is not None
    assert set(found.inventory.agencies) == {"ha-noi"}


def test_directory_itself_may_be_a_symlink(tmp_path):
    write(tmp_path / "real", {"agencies/ha-noi.yaml": AGENCY})
    (tmp_path / "link").symlink_to("real")

    assert loaded(tmp_path / "link").inventory is not None


def test_circle_of_symlinks_is_refused(tmp_path):
    write(tmp_path, {"agencies/hue.yaml": AGENCY})
    (tmp_path / "agencies/a.yaml").symlink_to("b.yaml")
    (tmp_path / "agencies/b.yaml").symlink_to("a.yaml")

    found = messages(tmp_path)

    assert "cannot be read" in found["agencies/a.yaml"]
    assert "cannot be read" in found["agencies/b.yaml"]


def test_dangling_symlink_is_refused(tmp_path):
    write(tmp_path, {"agencies/hue.yaml": AGENCY})
    (tmp_path / "agencies/a.yaml").symlink_to("gone.yaml")

    assert "No such file" in messages(tmp_path)["agencies/a.yaml"]


def test_pipe_is_refused_and_not_waited_for(tmp_path):
    write(tmp_path, {"agencies/hue.yaml": AGENCY})
    os.mkfifo(tmp_path / "agencies/a.yaml")

    assert messages(tmp_path)["agencies/a.yaml"] == "is not an ordinary file"


def test_directory_named_like_a_file_is_refused(tmp_path):
    write(tmp_path, {"agencies/hue.yaml": AGENCY, "agencies/a.yaml/b.yaml": AGENCY, "agencies/north/c.yaml": AGENCY})

    found = messages(tmp_path)

    assert found["agencies/a.yaml"] == "is not an ordinary file"
    assert "files lie directly in agencies/" in found["agencies/north"]


def test_file_that_is_too_large_is_not_read(tmp_path):
    write(tmp_path, {"agencies/hue.yaml": AGENCY})
    with (tmp_path / "agencies/a.yaml").open("wb") as file:
        file.truncate(9 * MIB)

    assert "larger than 8 MiB" in messages(tmp_path)["agencies/a.yaml"]


def test_files_that_are_too_large_together_are_not_read(tmp_path):
    write(tmp_path, {"agencies/hue.yaml": AGENCY})
    for number in range(65):
        with (tmp_path / f"agencies/a{number}.yaml").open("wb") as file:
            file.truncate(8 * MIB)

    assert "more than 512 MiB" in messages(tmp_path)["agencies"]


def test_too_many_files_are_not_read(tmp_path):
    folder = tmp_path / "agencies"
    folder.mkdir()
    (tmp_path / "monitor.yaml").write_text("{}")
    for number in range(10_001):
        (folder / f"{number}.yaml").touch()

    files = scanned(tmp_path)

    assert "more than 10,000 files" in files.problems[0].message
    assert not files.agencies


@pytest.mark.parametrize("name", ["agencies/hue.yml", "agencies/hue.json"])
def test_file_that_would_silently_not_be_read_is_named(name, tmp_path):
    write(tmp_path, {"agencies/ha-noi.yaml": AGENCY, name: AGENCY})

    assert messages(tmp_path)[name] == "is not read; name it hue.yaml"


@pytest.mark.parametrize(("name", "near"), [("agency/a.yaml", "agencies"), ("monitor.yml", "monitor.yaml")])
def test_near_miss_of_a_known_name_is_named(name, near, tmp_path):
    write(tmp_path, {"agencies/ha-noi.yaml": AGENCY, name: AGENCY})

    assert messages(tmp_path)[name.partition("/")[0]] == f'is not read; did you mean "{near}"?'


def test_other_files_and_hidden_ones_are_left_alone(tmp_path):
    write(tmp_path, {"agencies/ha-noi.yaml": AGENCY, "agencies/README.md": "x", "agencies/.a.yaml": "x", "notes": "x"})

    assert not loaded(tmp_path).problems


@pytest.mark.parametrize("content", [b"\xff\xfea", "agency: Hà".encode("utf-16"), b"agency: \0"])
def test_file_that_is_not_text_is_reported(content, tmp_path):
    write(tmp_path, {"agencies/ha-noi.yaml": content})

    found = loaded(tmp_path)

    assert found.problems[0].line == 1
    assert found.inventory is None
