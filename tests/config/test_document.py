"""YAML is read with the place of every value; what could blow up is refused in milliseconds."""

import time

import pytest

from monitor.config.document import parsed

MERGES = "a: &a {k: 1}\n" + "".join(
    f"{name}: &{name}\n  <<: [{', '.join([f'*{before}'] * 6)}]\n"
    for before, name in zip("abcdefghij", "bcdefghijk", strict=True)
)
LAUGHS = "a: &a [x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{i + 1}: &a{i + 1} [*a{i}]\n" for i in range(900))


def refused(text: str) -> str:
    node, problems = parsed("a.yaml", text)
    assert node is None
    return "\n".join(problem.message for problem in problems)


def test_values_have_the_types_of_json():
    node, problems = parsed("a.yaml", "a: 1\nb: [x, 'y', \"z\", 1.5, true, ~]\nc: {d: off}\ne: |\n  text\n")

    assert not problems
    assert node is not None
    assert node.value == {"a": 1, "b": ["x", "y", "z", 1.5, True, None], "c": {"d": "off"}, "e": "text\n"}


def test_every_value_knows_its_place_and_that_of_its_key():
    node, _ = parsed("a.yaml", "a:\n  - b: 1\n    'c':   [x,\n     y]\n")
    assert node is not None

    place = node.at("a", 0, "c", 1).place
    assert (place.line, place.column) == (4, 6)
    key = node.at("a", 0, "c").place
    assert (key.key_line, key.key_column, key.line, key.column) == (3, 5, 3, 12)


def test_columns_count_letters_not_bytes():
    node, _ = parsed("a.yaml", "{tên: Đà Nẵng, b: 1}")
    assert node is not None

    assert node.at("b").place.column == 19


def test_quoted_numbers_stay_text():
    node, _ = parsed("a.yaml", "a: '1'\nb: \"true\"\nc: ''\n")

    assert node is not None
    assert node.value == {"a": "1", "b": "true", "c": ""}


def test_alias_stands_for_its_anchor_and_has_a_place_of_its_own():
    node, problems = parsed("a.yaml", "a: &x {k: [1]}\nb: *x\n")

    assert not problems
    assert node is not None
    assert node.value == {"a": {"k": [1]}, "b": {"k": [1]}}
    assert node.at("b").place.line == 2
    assert node.at("b", "k", 0).value == 1


def test_all_duplicate_keys_are_reported_and_the_rest_is_still_read():
    node, problems = parsed("a.yaml", "a: 1\nb: {c: 1, c: 2}\na: 2\n")

    assert [(problem.line, problem.column) for problem in problems] == [(2, 11), (3, 1)]
    assert node is not None
    assert set(node.value) == {"a", "b"}


def test_same_key_written_in_two_ways_is_a_duplicate():
    _, problems = parsed("a.yaml", "a: 1\n'a': 2\n\"\\x61\": 3\n")

    assert len(problems) == 2


@pytest.mark.alone
@pytest.mark.parametrize("bomb", [MERGES, LAUGHS, LAUGHS.replace("[", "{k: [").replace("]", "]}"), CHAIN])
def test_bomb_is_refused_in_milliseconds(bomb):
    began = time.perf_counter()

    refused(bomb)

    assert time.perf_counter() - began < 0.25


def test_small_merge_bomb_is_refused():
    assert len(MERGES) < 450
    assert "merge keys" in refused(MERGES)


def merged(text: str) -> object:
    node, problems = parsed("a.yaml", text, merges=True)
    assert not problems
    assert node is not None
    return node.value


@pytest.mark.parametrize(
    ("text", "b"),
    [
        ("a: &a {k: 1, l: 2}\nb: {<<: *a, m: 3}", {"k": 1, "l": 2, "m": 3}),
        ("a: &a {k: 1, l: 2}\nb: {k: 4, <<: *a}", {"k": 4, "l": 2}),
        ("a: &a {k: 1, l: 2}\nb: {<<: *a, k: 4}", {"k": 4, "l": 2}),
        ("a: [&a {k: 1}, &c {k: 2, l: 3}]\nb: {<<: [*a, *c]}", {"k": 1, "l": 3}),
        ("a: &a {k: {l: 1}}\nb: {<<: *a, k: {m: 2}}", {"k": {"m": 2}}),
        ("a: &a {k: 1}\nc: &c {<<: *a, l: 2}\nb: {<<: *c}", {"k": 1, "l": 2}),
        ("b: {<<: {k: 1}, l: 2}", {"k": 1, "l": 2}),
        ("a: &a {k: 1}\nb: {<<: *a, k: }", {"k": None}),
        ("a: &a {}\nb: {<<: *a, k: 1}", {"k": 1}),
        ("b: {'<<': 1}", {"<<": 1}),
    ],
)
def test_merge_keys_mean_what_they_mean_to_go(text, b):
    assert merged(text)["b"] == b


def test_merged_value_keeps_its_place():
    node, _ = parsed("a.yaml", "a: &a\n  k: 1\nb:\n  <<: *a\n", merges=True)
    assert node is not None

    place = node.at("b", "k").place
    assert (place.key_line, place.key_column, place.line) == (2, 3, 2)


def test_merged_mappings_are_not_changed():
    assert merged("a: &a {k: 1}\nb: {<<: *a, l: 2}\nc: *a") == {"a": {"k": 1}, "b": {"k": 1, "l": 2}, "c": {"k": 1}}


@pytest.mark.alone
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (MERGES, "more than 2,000,000 values"),
        ("a: &x {k: 1}\nb: {<<: [" + "*x, " * 1001 + "]}", "more than 1,000 aliases"),
        ("a: &a {<<: *a}", "no finished anchor"),
        ("b: {<<: 1}", "takes a mapping"),
        ("b: {<<: }", "takes a mapping"),
        ("b: {<<: []}", "takes a mapping"),
        ("a: &a [1]\nb: {<<: *a}", "takes a mapping"),
        ("a: &a {k: 1}\nb: {<<: [[*a]]}", "takes a mapping"),
        ("a: &a {k: 1}\nb: {<<: *a, <<: *a}", "two merge keys"),
        ("{<<: " * 100_000, "deep"),
        ("a: &a {k: 1}\nb: {<<: *a, l: 1, l: 2}", "already at line 2"),
    ],
)
def test_merge_that_is_none_or_too_much_is_refused_at_once(text, why):
    began = time.perf_counter()

    node, problems = parsed("a.yaml", text, merges=True)

    assert time.perf_counter() - began < 0.25
    assert node is None or why.startswith("already")
    assert why in "\n".join(problem.message for problem in problems)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[" * 100_000, "deep"),
        ("{a: " * 100_000, "deep"),
        ("- " * 100_000, "deep"),
        ("a: &a [*a]", "no finished anchor"),
        ("a: &a {b: *a}", "no finished anchor"),
        ("a: *b", "no finished anchor"),
        ("a: &x 1\nb: [" + "*x, " * 1001 + "]", "more than 1,000 aliases"),
        ("a: !!python/name:os.system x", "tag"),
        ("a: !!str x", "tag"),
        ("!!map {a: 1}", "tag"),
        ("!a b: c", "tag"),
        ("? {a: b}\n: c", "plain word"),
        ("? *a\n: c", "plain word"),
        ("a: 1\n---\nb: 1", "second document"),
        ("", "empty"),
        ("---\n...\n---\n", "second document"),
        ("a: \"\\0\"", "control character"),
        ("a: \"\\e[31m\"", "control character"),
        ('"": 1', "key is missing"),
        ("a:\n\t- b", "tab"),
        ("a: 'b", "not YAML"),
        ("%YAML 3.0\n---\na: 1", "not YAML"),
        ("a: @b", "not YAML"),
        ("\ta: 1", "tab"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_safely_is_refused(text, why):
    assert why in refused(text)


def test_text_may_hold_line_ends_and_tabs():
    node, problems = parsed("a.yaml", 'a: "x\\n\\ty"\n')

    assert not problems
    assert node is not None
    assert node.value == {"a": "x\n\ty"}


def test_large_file_is_read_in_reasonable_time():
    text = "systems:\n" + "".join(f"  - {{id: s{i}, kind: portal, name: Cổng {i}}}\n" for i in range(5000))
    began = time.perf_counter()

    node, _ = parsed("a.yaml", text)

    assert node is not None
    assert len(node.value["systems"]) == 5000
    assert time.perf_counter() - began < 3
