"""A problem says where, what and what to do, in two harmless lines."""

from monitor.config.problem import Problem, in_order, listed, suggestion


def test_text_has_the_two_lines_of_the_house():
    problem = Problem(
        file="agencies/health.yaml",
        line=31,
        column=20,
        path="systems[0].checks[1].with.max_age",
        message='"2 hours" is not a duration; write 30s, 5m, 2h or 1d',
    )

    assert str(problem) == (
        "agencies/health.yaml:31:20 systems[0].checks[1].with.max_age\n"
        '  "2 hours" is not a duration; write 30s, 5m, 2h or 1d'
    )
    assert problem.one_line == (
        "agencies/health.yaml:31:20 systems[0].checks[1].with.max_age"
        '  "2 hours" is not a duration; write 30s, 5m, 2h or 1d'
    )


def test_problem_of_a_whole_file_has_no_line():
    assert str(Problem(file="monitor.yaml", message="cannot be read")) == "monitor.yaml\n  cannot be read"


def test_warning_says_that_it_is_one():
    assert str(Problem(file="a", message="b", is_error=False)) == "a\n  warning: b"


def test_hostile_names_move_no_cursor():
    problem = Problem(file="a\x1b[2J\n.yaml", line=1, column=1, path="x\u202ey", message="z\r\x07")

    assert str(problem).replace("\n  ", "").isprintable()
    assert problem.one_line.isprintable()


def test_problems_come_by_file_and_line_each_once():
    first, second = Problem(file="a", line=2, message="x"), Problem(file="a", line=10, message="x")
    other = Problem(file="b", line=1, message="x")

    assert in_order([other, second, first, second]) == (first, second, other)


def test_near_word_is_suggested_and_a_far_one_is_not():
    assert suggestion("htpp", ["http", "tls"]) == '; did you mean "http"?'
    assert suggestion("GET", ["get", "put"]) == '; did you mean "get"?'
    assert suggestion("WARN", ["error", "warning"]) == '; did you mean "warning"?'
    assert suggestion("pigeon", ["http", "tls"]) == ""


def test_long_lists_are_cut():
    assert listed(["c", "a", "b"], 2) == "a, b and 1 more"
    assert listed([]) == "none"
