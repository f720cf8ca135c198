"""Promise: a foreign file is read as its tool reads it, or refused with its place and what to do; none can blow up."""

import pytest

from monitor.migration.foreign import ForeignError, json_file, mapping_with, yaml_file


def written(folder, content) -> object:
    file = folder / "file"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_words_and_numbers_are_those_of_json(tmp_path):
    text = "a: no\nb: 012\nc: 1:30\nd: true\ne: 5\nf: '5'\ng: {h: off, i: 1.5}\n"

    assert yaml_file(written(tmp_path, text)) == {
        "a": "no", "b": "012", "c": "1:30", "d": True, "e": 5, "f": "5", "g": {"h": "off", "i": 1.5},
    }  # fmt: skip


def test_anchors_and_merge_keys_are_followed(tmp_path):
    assert yaml_file(written(tmp_path, "a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a\n")) == {
        "a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}, "c": {"x": 1, "y": 2},
    }  # fmt: skip


BOMB = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(8)
)
MERGES = "a: &a {k: 1}\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{','.join([f'*{chr(97 + n)}'] * 9)}]}}\n" for n in range(8)
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"), (" \n", "is empty"), ("# nothing\n", "holds nothing"), ("a: [1\n", "not YAML"),
        (b"a: \xff\n", "is not UTF-8"), ("a: !secret x\n", "not YAML"), (BOMB, "values, aliases counted"),
        (MERGES, "values, aliases counted"), ("a: &a [*a]\n", "values, aliases counted"),
        ("[" * 200 + "]" * 200, "nested more than"), (b"SQLite format 3\x00....", "use import uptime-kuma"),
        ("a: 1\n---\nb: 2\n", "not YAML"),
    ],
)  # fmt: skip
def test_yaml_that_is_none_is_refused(tmp_path, content, said):
    with pytest.raises(ForeignError, match=said):
        yaml_file(written(tmp_path, content))


def test_place_of_a_mistake_is_named(tmp_path):
    file = written(tmp_path, "a: 1\nb: [1,\n  c: }\n")

    with pytest.raises(ForeignError, match=r"file:\d:\d+\n  not YAML"):
        yaml_file(file)


@pytest.mark.parametrize(
    ("content", "said"), [("{", r"file:1:2\n  not JSON"), ("", "is empty"), ("[" * 10**5, "not JSON")]
)
def test_json_that_is_none_is_refused(tmp_path, content, said):
    with pytest.raises(ForeignError, match=said):
        json_file(written(tmp_path, content))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"modules": {}}, "a module file of blackbox_exporter"), ({"monitorList": []}, "a backup of Uptime Kuma"),
        ({"scrape_configs": []}, "--prometheus"), ({"agency": {}}, "nothing to import"), ({}, "is missing"),
        (["a"], "is missing"),
    ],
)  # fmt: skip
def test_file_of_another_tool_is_recognised(tmp_path, value, said):
    with pytest.raises(ForeignError, match=said):
        mapping_with("endpoints", value, tmp_path)


def test_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ForeignError, match="cannot be read: No such file"):
        yaml_file(tmp_path / "nothing")
