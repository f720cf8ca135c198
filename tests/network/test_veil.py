"""Secrets given to a plugin or a target are covered in whatever comes back from it."""

import pytest

from monitor.network.veil import MOST, Veil


def test_secret_is_covered_wherever_it_stands():
    veil = Veil()
    veil.add("pass word")

    assert veil.cover("a pass word b pass word") == "a *** b ***"


def test_secret_is_covered_as_python_writes_it_too():
    veil = Veil()
    veil.add("tab\there")

    assert veil.cover(repr({"password": "tab\there"})) == "{'password': '***'}"


@pytest.mark.parametrize("written", ["p%C3%A4ss%2F+w", "p%C3%A4ss%2F%20w", "p\\u00e4ss/ w", "cMOkc3MvIHc=", "päss/ w"])
def test_secret_is_covered_as_targets_write_it(written):
    assert Veil("päss/ w").cover(f"it said {written}!") == "it said ***!"


def test_secret_that_holds_another_is_covered_whole():
    assert Veil("token", "token-and-more").cover("a token-and-more b token") == "a *** b ***"


def test_cut_secret_that_repeats_itself_is_covered_from_its_beginning():
    assert Veil("0123456-0123456-0123456-").cover("it said 0123456-0123456-01") == "it said ***"


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("it said canary-val", "it said ***"),
        ("it said 'canary-val…'", "it said '***…'"),
        ("it said canar", "it said canar"),
        ("canary birds sing", "canary birds sing"),
        ("canary canary-va", "canary ***"),
        ("canary-value", "***"),
    ],
)
def test_what_is_left_of_a_secret_where_the_text_was_cut_is_covered(text, covered):
    assert Veil("canary-value").cover(text) == covered


def test_text_too_short_to_be_told_from_others_is_not_looked_for():
    veil = Veil()
    veil.add("abc")

    assert veil.cover("abcdef") == "abcdef"


def test_secrets_that_change_all_the_time_do_not_pile_up():
    veil = Veil()
    for number in range(MOST + 10):
        veil.add(f"{number:05}-secret")

    assert veil.cover("00000-secret") == "00000-secret"
    assert veil.cover(f"{MOST:05}-secret") == "***"
