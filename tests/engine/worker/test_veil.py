"""Secrets given to a plugin are covered in whatever comes back from it."""

from monitor.engine.worker.veil import MOST, Veil


def test_secret_is_covered_wherever_it_stands():
    veil = Veil()
    veil.add("pass word")

    assert veil.cover("a pass word b pass word") == "a *** b ***"


def test_secret_is_covered_as_python_writes_it_too():
    veil = Veil()
    veil.add("tab\there")

    assert veil.cover(repr({"password": "tab\there"})) == "{'password': '***'}"


def test_text_too_short_to_be_told_from_others_is_not_looked_for():
    veil = Veil()
    veil.add("abc")

    assert veil.cover("abcdef") == "abcdef"


def test_secrets_that_change_all_the_time_do_not_pile_up():
    veil = Veil()
    for number in range(MOST + 10):
        veil.add(f"secret-{number:05}")

    assert veil.cover("secret-00000") == "secret-00000"
    assert veil.cover(f"secret-{MOST:05}") == "***"
