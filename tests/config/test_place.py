"""Every value can be found again in its file, by its path or as near to it as there is anything."""

import pytest

from monitor.config.document import parsed
from monitor.config.place import Node, Problems, written


@pytest.fixture
def node() -> Node:
    found, _ = parsed("a.yaml", "systems:\n  - {id: a, checks: [{id: b, with: {x: 1}}, 5]}\n  - text\n")
    assert found is not None
    return found


def test_path_leads_to_the_value(node):
    assert node.at("systems", 0, "checks", 0, "with", "x").value == 1


@pytest.mark.parametrize("path", [("system",), ("systems", 5), ("systems", "0"), ("systems", 0, "id", 0)])
def test_path_that_leads_nowhere_is_an_error(path, node):
    with pytest.raises(LookupError):
        node.at(*path)


def test_search_goes_as_far_as_there_is_anything(node):
    assert node.find("systems", 0, "nothing").path == ("systems", 0)
    assert node.find("systems", "a union tag", 0, "id").value == "a"


def test_only_mappings_of_a_list_are_given(node):
    assert [inner.text("id") for inner in node.mappings("systems")] == ["a"]
    assert node.mappings("nothing") == []
    assert node.at("systems", 1).mappings("x") == []
    assert node.at("systems", 1).text("x") == ""


def test_problem_stands_at_the_value_or_at_its_key(node):
    problems = Problems()
    place = node.at("systems", 0, "checks", 0, "with", "x")

    problems.add(place, "value")
    problems.add(place, "key", at_key=True)
    problems.add_missing(node.at("systems", 0), "name", "missing")

    assert [(one.line, one.column, one.path) for one in problems.found] == [
        (2, 40, "systems[0].checks[0].with.x"),
        (2, 37, "systems[0].checks[0].with.x"),
        (2, 5, "systems[0].name"),
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("systems", 0, "checks", 1, "max_age"), "systems[0].checks[1].max_age"),
        (("vars", "a b"), 'vars["a b"]'),
        (("vars", ""), 'vars[""]'),
        (("x\n\x1b",), '["x??"]'),
        ((), ""),
    ],
)
def test_path_is_written_on_one_line(path, text):
    assert written(path) == text
