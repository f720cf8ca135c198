"""Plugins that are not ours run in warm processes of their own, which come and go with the inventory."""

import asyncio
import gc
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from engine.worker.place import MEASURES, check, running
from structlog.testing import capture_logs

from monitor.engine.worker import quarantine
from monitor.inventory import Inventory
from monitor.measure import Reading
from monitor.observation import OURS, Reason, Status
from monitor.settings import PluginSettings, Settings

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROMISE_SECONDS = 0.5


def of(*checks) -> Inventory:
    return Inventory(checks={one.id: one for one in checks})


def descriptors() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


def lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def left_after(within_seconds: float, processes: list[int]) -> list[int]:
    """Return which of these still live after a while, or as soon as none does."""
    until = time.monotonic() + within_seconds
    while (left := [*filter(lives, processes)]) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def keepers_of(parent: int) -> list[int]:
    """Return the keepers that a process has started, dead ones that nobody has reaped included."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "stat").read_text().rpartition(")")[2].split()
            if int(words[1]) == parent:
                found.append(int(process.name))
    return found


async def test_observation_comes_back_whole(place):
    seen = await place.look(check("verdict"))

    observation = seen.observation
    assert (observation.status, observation.reason, observation.detail) == (Status.DEGRADED, Reason.SLOW, "slow")
    assert observation.readings == (
        Reading(MEASURES["probe_things"], 2),
        Reading(MEASURES["probe_sides"], 1.5, ("left",)),
    )


async def test_process_stays_warm_between_runs(place):
    first = await place.look(check("count"))
    second = await place.look(check("count"))

    assert int(second.detail) == int(first.detail) + 1


@pytest.mark.alone
async def test_warm_run_costs_little_time(place):
    looked = check("up")

    seconds = sorted([(await place.look(looked)).seconds for _ in range(200)])

    assert seconds[100] < 0.005


async def test_readings_nobody_declared_are_dropped_and_counted(place):
    seen = await place.look(check("stowaway"))

    assert seen.observation.readings == (Reading(MEASURES["probe_things"], 1),)
    assert place.vitals.readings_refused["hostile"] == 3


async def test_phases_and_noted_readings_survive_a_run_out_of_time(place):
    seen = await place.look(check("note_and_stall", timeout=0.3))

    assert seen.reason is Reason.PLUGIN
    assert seen.result.noted == (Reading(MEASURES["probe_things"], 7),)
    assert list(seen.result.phases) == ["first"]


async def test_probe_of_ours_can_run_in_the_worker_of_the_plugin_it_reads_from(place):
    seen = await place.look(check("up", "of ours", kind="our-act", timeout=5))

    assert seen.detail == "of ours"


async def test_synchronous_probe_runs_in_a_thread_of_its_worker(place):
    seen = await place.look(check("up", kind="thread-act"))

    assert seen.detail == "local"


async def test_synchronous_probe_that_wants_to_await_is_told_so(place):
    seen = await place.look(check("connect", kind="thread-act"))

    assert seen.reason is Reason.PLUGIN
    assert "make it async" in seen.detail


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        ("stall_in_vantage", "act"),
        ("stall_in_http", "act"),
        ("stall_in_driver", "act"),
        ("stall_in_driver", "thread-act"),
        ("stall_at_a_step", "act"),
        ("stall_at_a_step", "thread-act"),
    ],
)
async def test_target_that_stalls_is_down_and_the_worker_lives(place, act, kind):
    stalled = socket.create_server(("127.0.0.1", 0))

    seen = await place.look(check(act, str(stalled.getsockname()[1]), kind=kind, timeout=0.3))
    stalled.close()

    assert (seen.observation.status, seen.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert seen.detail == ("no greeting came in time" if act == "stall_at_a_step" else "no answer in time")
    assert 0.29 <= seen.seconds < 0.3 + PROMISE_SECONDS
    assert place.vitals.workers_killed == {}


async def test_plugin_that_sleeps_after_the_target_answered_is_unknown(place):
    server = socket.create_server(("127.0.0.1", 0))

    seen = await place.look(check("sleep_after_answer", str(server.getsockname()[1]), timeout=0.3))
    server.close()

    assert seen.reason is Reason.PLUGIN


async def test_plugin_that_says_it_waits_and_computes_is_still_blamed(place):
    seen = await place.look(check("sleep_at_a_step", timeout=0.3))

    assert (seen.reason, "no greeting" in seen.detail) == (Reason.PLUGIN, False)


async def test_network_errors_mean_the_same_as_in_the_daemon(place):
    seen = await place.look(check("refuse"))

    assert (seen.observation.status, seen.reason) == (Status.DOWN, Reason.REFUSED)


async def test_error_of_a_plugin_is_unknown_and_its_traceback_logged_once(place):
    with capture_logs() as logs:
        seen = [await place.look(check("fail", "no such row" + "!" * 5000)) for _ in range(3)]

    assert {one.reason for one in seen} == {Reason.PLUGIN}
    assert seen[0].detail.startswith("the plugin raised ValueError: no such row!")
    assert len(seen[0].detail) < 2500
    [line] = [line for line in logs if line["event"] == "plugin.raised"]
    assert (line["plugin"], line["error"]) == ("hostile", "ValueError")
    assert "raise ValueError(self.text)" in line["traceback"]
    assert place.vitals.plugin_errors["hostile"] == 3


@pytest.mark.parametrize(
    "act", ["nothing", "text", "broken_observation", "broken_readings", "fail_oddly", "too_much", "no_such_act"]
)
async def test_nonsense_is_unknown_and_the_worker_lives(place, act):
    seen = await place.look(check(act))

    assert seen.reason is Reason.PLUGIN
    assert (await place.look(check("up"))).observation.status is Status.UP
    assert place.vitals.workers_killed == {}


async def test_odd_text_can_be_encoded(place):
    seen = await place.look(check("odd_text"))

    assert seen.reason is Reason.CONTENT
    assert seen.detail.encode()


async def test_settings_that_do_not_fit_the_plugin_are_named(place):
    seen = await place.look(check("up", colour="red"))

    assert seen.reason is Reason.PLUGIN
    assert "cannot be built" in seen.detail


async def test_no_more_runs_at_once_than_allowed(strict):
    began = time.monotonic()

    seen = await asyncio.gather(
        *(strict.look(check("sleep_then_up", name=f"check-{number}", timeout=3)) for number in range(4))
    )

    assert {one.observation.status for one in seen} == {Status.UP}
    assert time.monotonic() - began >= 0.6


async def test_run_that_finds_no_slot_before_its_deadline_is_our_fault(strict):
    holding = [asyncio.create_task(strict.look(check("sleep", name=f"{number}", timeout=1))) for number in range(2)]
    await asyncio.sleep(0.05)

    seen = await strict.look(check("up", timeout=0.3))
    await asyncio.gather(*holding)

    assert seen.reason is Reason.WORKER
    assert seen.seconds < 0.3 + PROMISE_SECONDS


async def test_egress_policy_holds_in_the_worker(strict):
    seen = await strict.look(check("stall_in_vantage", "80"))

    assert seen.reason is Reason.EGRESS


async def test_plugin_that_cannot_be_loaded_is_named_and_does_not_hurt_others(place):
    broken, good = await asyncio.gather(
        place.look(check("up", plugin="broken", name="broken", timeout=20)),
        place.look(check("up", name="good", timeout=20)),
    )

    assert broken.reason is Reason.PLUGIN
    assert "no_such_module" in place.vitals.plugin_failures["broken"]
    assert good.observation.status is Status.UP


async def test_plugin_that_exits_while_it_is_loaded_is_named(place):
    seen = await place.look(check("up", plugin="exiting", timeout=20))

    assert seen.reason is Reason.PLUGIN
    assert "SystemExit" in place.vitals.plugin_failures["exiting"]


async def test_plugin_that_ends_its_process_while_it_is_loaded_is_quarantined(place):
    seen = await place.look(check("up", plugin="dying", timeout=20))

    assert seen.reason is Reason.WORKER
    assert "is quarantined" in seen.detail
    assert place.vitals.workers_killed["dying"] == 3


@pytest.mark.alone
async def test_three_ends_in_five_minutes_quarantine_the_plugin_and_one_try_follows(opened, monkeypatch):
    monkeypatch.setattr(quarantine, "REST_SECONDS", 1.5)
    place = opened()
    await place.warm("hostile")

    ends = [await place.look(check("exit_process", timeout=5)) for _ in range(3)]
    resting = await place.look(check("up"))
    is_noted = "hostile" in place.vitals.quarantined
    await asyncio.sleep(1.5)
    tried = await place.look(check("up", timeout=20))
    await place.look(check("exit_process", timeout=20))
    again = await place.look(check("up"))

    assert {end.reason for end in ends} == {Reason.WORKER}
    assert resting.reason is Reason.WORKER
    assert "is quarantined until" in resting.detail
    assert resting.seconds < 0.1
    assert is_noted
    assert tried.observation.status is Status.UP
    assert "is quarantined until" in again.detail
    assert place.vitals.workers_killed["hostile"] == 4


async def test_replacing_the_inventory_keeps_what_is_needed_and_ends_what_is_not(place):
    before = await place.look(check("count"))
    keepers = keepers_of(os.getpid())

    place.workers.replace(of(check("up", name="new")))
    after = await place.look(check("count"))
    await asyncio.wait(place.workers._leaving, timeout=1)

    assert int(after.detail) == int(before.detail) + 1
    assert len(keepers) - len(keepers_of(os.getpid())) == 1


async def test_plugin_whose_settings_change_gets_a_new_process(opened):
    place = opened()
    await place.look(check("count", timeout=20))

    place.workers.replace(of(check("up")), Settings(plugins={"hostile": PluginSettings(in_flight=3)}))
    seen = await place.look(check("count", timeout=20))

    assert seen.detail == "1"


async def test_run_that_nobody_waits_for_is_cancelled_in_the_worker(place):
    task = asyncio.create_task(place.look(check("sleep", timeout=20)))
    await asyncio.sleep(0.1)

    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.3)

    assert place.workers._workers["hostile"].seat.life.runs == {}
    assert place.vitals.workers_killed == {}


async def test_closing_takes_less_than_a_second_and_leaves_neither_zombies_nor_descriptors(opened):
    gc.collect()
    before = descriptors(), set(keepers_of(os.getpid()))
    place = opened()
    await place.warm("hostile")
    under_way = [asyncio.create_task(place.look(check(act, name=act, timeout=20))) for act in ("sleep", "spin")]
    await asyncio.sleep(0.1)
    began = time.monotonic()

    await place.workers.close()
    took = time.monotonic() - began
    seen = await asyncio.gather(*under_way)
    await asyncio.sleep(0)

    assert took < 1
    assert {one.reason for one in seen} == {Reason.WORKER}
    assert (descriptors(), set(keepers_of(os.getpid()))) == before


DAEMON = """
import asyncio, sys
sys.path.insert(0, {tests!r})
from engine.worker.place import Place, check
from monitor.clock import SystemClock
from monitor.engine.worker import Workers
from monitor.settings import Settings
from monitor.vitals import Vitals

async def main():
    vitals = Vitals()
    place = Place(Workers(Settings(), SystemClock(), vitals, paths=[{site!r}]), vitals)
    await place.warm("hostile")
    await place.look(check("leave_children", {argument!r}, timeout=5))
    print("warm", flush=True)
    await place.look(check("spin", timeout=60))

asyncio.run(main())
"""


WITHOUT_NAMESPACES = ("unshare", "-U", "-r", "sh", "-c", 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$0" "$@"')
"""Runs a command where no user namespace can be made, as on systems that forbid it."""


@pytest.mark.parametrize(("start", "isolated"), [((), True), (WITHOUT_NAMESPACES, False)])
async def test_nothing_outlives_a_daemon_that_is_killed(site, start, isolated):
    argument = f"5432{isolated:d}.{os.getpid()}"
    code = DAEMON.format(tests=str(Path(__file__).parents[2]), site=str(site), argument=argument)
    daemon = await asyncio.create_subprocess_exec(*start, sys.executable, "-c", code, stdout=subprocess.PIPE)
    said = b""
    while b"warm" not in said:
        assert not daemon.stdout.at_eof()
        said += await daemon.stdout.readline()
    keepers, started = keepers_of(daemon.pid), running(argument)

    daemon.send_signal(signal.SIGKILL)
    await daemon.wait()
    left = left_after(5, keepers), left_after(5, started)

    assert f"isolated={isolated}".encode() in said
    assert keepers
    assert left == ([], [])
    assert len(started) >= 2
    assert running(argument) == []


@pytest.mark.parametrize("act", ["sleep", "spin"])
async def test_result_is_there_within_the_promise_when_every_run_misbehaves(place, act):
    seen = await asyncio.gather(*(place.look(check(act, name=f"check-{number}", timeout=0.5)) for number in range(5)))

    assert {one.reason for one in seen} <= OURS
    assert max(one.seconds for one in seen) < 0.5 + PROMISE_SECONDS
