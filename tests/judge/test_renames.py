"""What was known under an old name is found under the new one."""

from dataclasses import replace

import pytest
from judge.watch import Bench, check, connection, inventory, system

from monitor.inventory import Agency, AgencyClass
from monitor.observation import Status

UP, DOWN = Status.UP, Status.DOWN


def agency(agency_id, *formerly):
    return Agency(id=agency_id, agency_class=AgencyClass.PROVINCE, name="Một tỉnh", formerly=formerly)


@pytest.mark.parametrize(
    ("new_id", "check_was", "system_was", "agency_was"),
    [
        ("a/portal/web", ("http",), (), ()),
        ("a/portal/web", ("a/portal/http",), (), ()),
        ("a/gate/http", (), ("portal",), ()),
        ("a/gate/http", (), ("a/portal",), ()),
        ("z/portal/http", (), (), ("a",)),
        ("z/gate/web", ("http",), ("portal",), ("a",)),
    ],
)
def test_state_and_account_follow_a_renaming(new_id, check_was, system_was, agency_was):
    bench = Bench(inventory([check("a/portal/http")], [system("a/portal")]))
    bench.run("a/portal/http", DOWN, DOWN)
    owner, target = new_id.split("/")[0], new_id.rpartition("/")[0]

    bench.reload(
        inventory(
            [check(new_id, formerly=check_was)],
            [system(target, formerly=system_was)],
            agencies=[agency(owner, *agency_was)],
        )
    )

    assert bench.judge.state(new_id).status is DOWN
    assert bench.judge.state(target).since == bench.after(30)
    assert bench.judge.seconds(new_id).down == 30.0
    assert bench.judge.seconds("a/portal/http") is None
    assert [(change.id, change.now.status) for change in bench.changes()[-1:]] == [(new_id, DOWN)]


def test_account_of_a_connection_follows_its_renaming():
    bench = Bench(inventory([check("a/link/http")], (), [connection("a/link")]))
    bench.run("a/link/http", UP, UP, UP)

    bench.reload(inventory([check("a/path/http")], (), [connection("a/path", formerly=("link",))]))
    bench.run("a/path/http", UP)

    assert bench.judge.seconds("a/path").up == 90.0


def test_check_that_is_still_there_gives_nothing_away():
    old = check("a/portal/http")
    bench = Bench(inventory([old], [system("a/portal")]))
    bench.run("a/portal/http", DOWN)

    bench.reload(inventory([old, replace(old, id="a/portal/web", formerly=("http",))], [system("a/portal")]))

    assert bench.judge.state("a/portal/web").status is Status.UNKNOWN
    assert bench.judge.state("a/portal/http").status is DOWN
