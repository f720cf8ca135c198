"""Variables are replaced once, keep their type where nothing else stands, and are counted."""

import pytest

from monitor.config.substitution import Substitution


def test_variables_are_replaced_at_any_depth():
    substitution = Substitution({"base": "https://a.example", "port": 443})

    found = substitution.apply({"with": {"target": "${base}/x", "list": ["${port}", "p${port}"]}, "n": 5})

    assert found == {"with": {"target": "https://a.example/x", "list": [443, "p443"]}, "n": 5}
    assert substitution.used == {"base", "port"}
    assert substitution.touched == {("with", "target"), ("with", "list", 0), ("with", "list", 1)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$${a}", "${a}"),
        ("x$${a}y", "x${a}y"),
        ("${a}${a}", "11"),
        ("$", "$"),
        ("${", "${"),
        ("${a", "${a"),
        ("a$", "a$"),
        ("${t}", True),
        ("is ${t}", "is true"),
    ],
)
def test_escapes_and_halves_are_text(text, found):
    assert Substitution({"a": 1, "t": True}).apply(text) == found


def test_value_of_a_variable_is_not_searched_for_variables():
    assert Substitution({"a": "${b}", "b": "x"}).apply("${a}") == "${b}"
    assert Substitution({"a": "${b}", "b": "x"}).apply("-${a}") == "-${b}"


def test_undefined_variables_are_named_with_their_path():
    substitution = Substitution({})

    substitution.apply({"a": ["x${b}", "${c}"], "d": "$${e}"})

    assert substitution.undefined == [(("a", 0), "b"), (("a", 1), "c")]


def test_mapping_that_was_given_stays_as_it_was():
    given = {"a": ["${b}"]}

    Substitution({"b": 1}).apply(given)

    assert given == {"a": ["${b}"]}
