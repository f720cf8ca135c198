"""A mass failure is told apart from one agency, one hub or one shared building that died."""

from monitor.engine.crowd import Crowd


def test_three_agencies_that_fall_silent_together_are_a_mass_failure():
    crowd = Crowd()
    for number in range(3):
        crowd.answered(f"agency-{number}", f"host-{number}", 100.0)

    for number in range(3):
        crowd.failed(f"agency-{number}", f"host-{number}", 102.0 + number)

    assert crowd.is_silent("agency-0", "host-0")


def test_two_are_not():
    crowd = Crowd()
    for number in range(2):
        crowd.failed(f"agency-{number}", f"host-{number}", 102.0)

    assert not crowd.is_silent("agency-0", "host-0")


def test_one_agency_with_many_hosts_is_one_vote():
    crowd = Crowd()
    for number in range(50):
        crowd.failed("dead", f"host-{number}", 102.0)
    crowd.failed("other", "elsewhere", 102.0)

    assert not crowd.is_silent("dead", "host-0")


def test_a_dead_hub_under_every_agency_is_one_host():
    crowd = Crowd()
    for number in range(50):
        crowd.failed(f"agency-{number}", "hub", 102.0)

    assert not crowd.is_silent("agency-0", "hub")


def test_answers_of_others_since_then_speak_against_it():
    crowd = Crowd()
    for number in range(5):
        crowd.failed(f"agency-{number}", f"host-{number}", 102.0)
    for number in range(10, 12):
        crowd.answered(f"agency-{number}", f"host-{number}", 103.0)

    assert not crowd.is_silent("agency-0", "host-0")


def test_answers_from_before_do_not():
    crowd = Crowd()
    for number in range(10, 50):
        crowd.answered(f"agency-{number}", f"host-{number}", 101.0)

    for number in range(5):
        crowd.failed(f"agency-{number}", f"host-{number}", 102.0)

    assert crowd.is_silent("agency-0", "host-0")


def test_agencies_that_died_long_ago_are_no_company():
    crowd = Crowd()
    for number in range(3):
        crowd.failed(f"agency-{number}", f"host-{number}", 1000.0 * number)

    assert not crowd.is_silent("agency-2", "host-2")


def test_an_answer_ends_the_silence():
    crowd = Crowd()
    for number in range(3):
        crowd.failed(f"agency-{number}", f"host-{number}", 102.0)

    crowd.answered("agency-0", "host-0", 110.0)

    assert not crowd.is_silent("agency-0", "host-0")


def test_what_left_the_inventory_is_forgotten():
    crowd = Crowd()
    for number in range(3):
        crowd.failed(f"agency-{number}", f"host-{number}", 102.0)

    crowd.keep(["agency-0"], ["host-0"])

    assert not crowd.is_silent("agency-0", "host-0")


def test_nothing_known_is_no_mass_failure():
    assert not Crowd().is_silent("agency", "host")


def test_everybody_is_silent_once_the_last_one_is():
    crowd = Crowd()
    crowd.keep(["agency"], ["a", "b"])
    crowd.answered("agency", "a", 100.0)

    crowd.failed("agency", "b", 101.0)
    was_silent = crowd.is_all_silent()
    crowd.failed("agency", "a", 102.0)

    assert not was_silent
    assert crowd.is_all_silent()
    crowd.answered("agency", "b", 103.0)
    assert not crowd.is_all_silent()


def test_one_alone_is_not_everybody():
    crowd = Crowd()
    crowd.keep(["agency"], ["a"])

    crowd.failed("agency", "a", 101.0)

    assert not crowd.is_all_silent()


def test_who_was_never_heard_of_is_not_known_to_be_silent():
    crowd = Crowd()
    crowd.keep(["agency"], ["a", "b", "c"])

    crowd.failed("agency", "a", 101.0)
    crowd.failed("agency", "b", 101.0)

    assert not crowd.is_all_silent()
