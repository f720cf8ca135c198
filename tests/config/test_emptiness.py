"""Nothing may follow something in a daemon that runs; anything else may."""

from datetime import timedelta

import pytest

from monitor.config import nothing_left
from monitor.inventory import Agency, AgencyClass, AgencyId, Check, CheckId, Inventory
from monitor.plugin.remote import UnavailableProbe

EVERY = timedelta(minutes=1)
CHECK = Check(
    id=CheckId("hue/lgsp/page"), kind="http", plugin="http", probe=UnavailableProbe(""), every=EVERY, timeout=EVERY
)
HUE = Agency(id=AgencyId("hue"), name="Huế", agency_class=AgencyClass.CITY)


@pytest.mark.parametrize(
    ("checks", "new"),
    [(0, Inventory()), (0, Inventory(checks={CHECK.id: CHECK})), (9, Inventory(checks={CHECK.id: CHECK}))],
)
def test_all_else_may_follow(checks, new):
    assert nothing_left(checks, new) is None


@pytest.mark.parametrize(
    ("agencies", "why"),
    [({}, "there is no file in it any more"), ({HUE.id: HUE}, "no file in it has a check any more")],
)
def test_nothing_after_something_is_an_error_that_says_why_and_how_much_there_is(agencies, why):
    problem = nothing_left(12_000, Inventory(agencies=agencies))

    assert problem.is_error
    assert str(problem) == (
        f"agencies\n  {why}, so that nothing would be watched (until now 12,000 checks); "
        "bring the files back, or, if that is meant, start the daemon anew"
    )


@pytest.mark.parametrize(("checks", "until_now"), [(0, "0 checks"), (1, "1 check")])
def test_part_that_has_no_check_does_not_say_that_the_whole_had_none(checks, until_now):
    problem = nothing_left(checks, Inventory(), is_part=True)

    assert f"nothing would be watched (until now {until_now} in this shard); bring the files back" in str(problem)
    assert nothing_left(checks, Inventory(checks={CHECK.id: CHECK}), is_part=True) is None
