"""Whatever a plugin does in its worker, its siblings, other plugins and the daemon go on, and results come in time."""

import asyncio
import os
import time

import pytest
from engine.worker.place import check, running
from structlog.testing import capture_logs

from monitor.observation import OURS, Reason, Status
from monitor.plugin.secret import Secret

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROMISE_SECONDS = 0.5


def left_after(within_seconds: float, argument: str) -> list[int]:
    """Return the processes that still have this argument after a while, or as soon as none has."""
    until = time.monotonic() + within_seconds
    while (left := running(argument)) and time.monotonic() < until:
        time.sleep(0.02)
    return left


@pytest.mark.parametrize("act", ["sleep", "swallow", "block", "spin", "spin_in_subtask"])
async def test_run_that_does_not_end_is_unknown_in_time_and_its_siblings_are_up(place, act):
    bad = check(act, name="bad", timeout=0.6)
    siblings = [check("up", name=f"sibling-{number}", timeout=3) for number in range(3)]

    seen, *others = await asyncio.gather(place.look(bad), *map(place.look, siblings))

    assert seen.reason in OURS
    assert seen.seconds < 0.6 + PROMISE_SECONDS
    assert [other.observation.status for other in others] == [Status.UP] * 3


@pytest.mark.parametrize("act", ["sleep", "spin"])
async def test_thread_that_does_not_return_is_unknown_in_time_and_its_siblings_are_up(place, act):
    bad = check(act, kind="thread-act", name="bad", timeout=0.6)
    sibling = check("up", name="sibling", timeout=3)

    seen, other = await asyncio.gather(place.look(bad), place.look(sibling))

    assert seen.reason in OURS
    assert seen.seconds < 0.6 + PROMISE_SECONDS
    assert other.observation.status is Status.UP
    assert place.vitals.workers_killed["hostile"] == 1


async def test_siblings_in_a_killed_worker_are_made_anew_and_not_failed(place):
    bad = check("spin", name="bad", timeout=4)
    waiting = [check("stall_in_vantage", "1", name=f"waiting-{number}", timeout=4) for number in range(3)]

    seen, *others = await asyncio.gather(place.look(bad), *map(place.look, waiting))

    assert seen.reason is Reason.WORKER
    assert seen.seconds < 2
    assert {other.reason for other in others} == {Reason.REFUSED}
    assert place.vitals.workers_killed["hostile"] == 1
    assert place.vitals.rerun["worker"] >= 1


@pytest.mark.parametrize("act", ["exit_process", "abort", "crash", "kill_group"])
async def test_run_that_ends_its_process_is_unknown_at_once_and_its_siblings_are_made_anew(place, act):
    siblings = [check("sleep_then_up", name=f"sibling-{number}", timeout=5) for number in range(3)]
    tasks = [asyncio.create_task(place.look(sibling)) for sibling in siblings]
    await asyncio.sleep(0.05)

    with capture_logs() as logs:
        seen = await place.look(check(act, name="bad", timeout=5))

    assert seen.reason is Reason.WORKER
    assert seen.seconds < 1
    assert [(await task).observation.status for task in tasks] == [Status.UP] * 3
    assert place.vitals.workers_killed["hostile"] == 1
    killed = next(line for line in logs if line["event"] == "worker.killed")
    assert (killed["plugin"], killed["checks"]) == ("hostile", ["agency/target/bad"])


@pytest.mark.parametrize("act", ["kill_parent", "kill_parents_group"])
async def test_daemon_and_other_plugins_survive_a_plugin_that_kills_its_parent(place, act):
    await place.look(check(act, name="bad", timeout=3))
    again = await place.look(check("up", timeout=5))
    other = await place.look(check("up", plugin="neighbour"))

    assert again.observation.status is Status.UP
    assert other.observation.status is Status.UP
    assert place.vitals.workers_killed["neighbour"] == 0


@pytest.mark.parametrize("act", ["sys_exit", "sys_exit_in_subtask", "cancel_itself"])
async def test_exit_of_a_run_is_that_runs_failure_alone(place, act):
    seen = await place.look(check(act))
    again = await place.look(check("up"))

    assert seen.reason is Reason.PLUGIN
    assert again.observation.status is Status.UP
    assert place.vitals.workers_killed == {}


@pytest.mark.parametrize("act", ["sys_exit_in_callback", "stop_loop"])
async def test_plugin_cannot_stop_the_loop_of_its_worker(place, act):
    seen = await place.look(check(act))

    assert seen.observation.status is Status.UP
    assert place.vitals.workers_killed == {}


async def test_sys_exit_in_a_thread_is_that_runs_failure_alone(place):
    seen = await place.look(check("sys_exit", kind="thread-act"))

    assert seen.reason is Reason.PLUGIN
    assert place.vitals.workers_killed == {}


@pytest.mark.parametrize("act", ["hog", "hog_shared"])
async def test_memory_beyond_the_limit_is_refused_and_siblings_are_up(strict, act):
    seen, sibling = await asyncio.gather(strict.look(check(act, name="bad")), strict.look(check("up", timeout=3)))

    assert seen.reason in OURS
    assert sibling.observation.status is Status.UP


async def test_processor_time_beyond_the_limit_ends_the_run_before_its_deadline(strict):
    seen = await strict.look(check("spin", kind="thread-act", timeout=20))

    assert seen.reason is Reason.PLUGIN
    assert "processor time" in seen.detail
    assert seen.seconds < 6


async def test_kernel_ends_a_loop_that_uses_too_much_processor_time(strict):
    seen = await strict.look(check("spin", timeout=20))

    assert seen.reason is Reason.WORKER
    assert "processor time" in seen.detail
    assert seen.seconds < 8


async def test_flood_of_output_is_cut_and_holds_nobody_up(place):
    with capture_logs() as logs:
        seen = await place.look(check("flood", timeout=5))
        place.flush()

    printed = [line for line in logs if line["event"] == "plugin.printed"]
    assert seen.observation.status is Status.UP
    assert 0 < sum(len(line["text"]) for line in printed) <= 64 * 1024
    assert sum(line["dropped_bytes"] for line in printed) > 0
    assert {line["plugin"] for line in printed} == {"hostile"}


@pytest.mark.parametrize("act", ["garbage", "long_frame", "made_up_result", "close_everything"])
async def test_garbage_on_the_channel_ends_the_worker_and_siblings_are_made_anew(place, act):
    sibling = asyncio.create_task(place.look(check("sleep_then_up", name="sibling", timeout=5)))
    await asyncio.sleep(0.05)

    seen = await place.look(check(act, name="bad", timeout=2.5))

    assert seen.reason in OURS
    assert seen.seconds < 2.5 + PROMISE_SECONDS
    assert (await sibling).observation.status is Status.UP
    assert place.vitals.workers_killed["hostile"] in (1, 2)


@pytest.mark.parametrize("act", ["leave_children", "fork_bomb"])
async def test_nothing_that_a_plugin_starts_outlives_its_process(place, act):
    argument = f"98765.{os.getpid()}"
    assert running(argument) == []

    await place.look(check(act, argument, timeout=5))
    started = running(argument)
    await place.look(check("exit_process", timeout=5))

    assert started or act == "fork_bomb"
    assert left_after(5, argument) == []


async def test_plugin_sees_neither_the_environment_nor_the_arguments_of_the_daemon(place):
    names = await place.look(check("environment", timeout=10))
    arguments = await place.look(check("arguments", timeout=10))

    assert "NOTIFY_SOCKET" in os.environ
    assert set(names.detail.split(",")) <= {"PATH", "LANG", "TZ", "LC_CTYPE"}
    assert "canary" not in arguments.detail


async def test_plugin_cannot_read_the_environment_of_other_processes(place):
    process = await asyncio.create_subprocess_exec("sleep", "20", env={"WORD": "canary-5521"})

    with capture_logs() as logs:
        seen = await place.look(check("parents_environment", "canary-5521", timeout=3))
    process.kill()
    await process.wait()

    assert logs == []
    assert seen.detail == "nothing"


async def test_plugin_is_given_the_secrets_its_check_names_and_no_others(place, tmp_path):
    own, other = tmp_path / "own", tmp_path / "other"
    own.write_text("canary-own\n")
    other.write_text("canary-other\n")
    secret = Secret(file=str(own))

    mine = await place.look(check("reveal", secret={"file": str(own)}, secrets=[secret]))
    theirs = await place.look(check("reveal_other", str(other), secrets=[secret]))

    assert mine.detail == "canary-own"[::-1]
    assert theirs.reason is Reason.SECRET


async def test_secret_that_a_plugin_shouts_reaches_no_output(place, tmp_path):
    own = tmp_path / "own"
    own.write_text("canary-8842")
    looked = check("fail_with_secret", secret={"file": str(own)}, secrets=[Secret(file=str(own))])

    with capture_logs() as logs:
        seen = await place.look(looked)
        place.flush()

    assert seen.detail == "the plugin raised ValueError: login failed for ***"
    assert {"plugin.raised", "plugin.printed"} <= {line["event"] for line in logs}
    assert "canary-8842" not in str(logs)


async def test_secret_that_cannot_be_read_is_our_fault(place, tmp_path):
    missing = str(tmp_path / "missing")

    seen = await place.look(check("reveal", secret={"file": missing}, secrets=[Secret(file=missing)]))

    assert seen.reason is Reason.SECRET


async def test_limits_hold_before_the_plugin_is_loaded(place):
    seen = await place.look(check("limits"))

    umask, directory, leads_session, core, *others = seen.detail.split(",")
    assert (umask, directory, leads_session, core) == (str(0o077), "/", "True", "0")
    assert all(int(limit) > 0 for limit in others)


@pytest.mark.alone
async def test_other_plugins_are_unhurt_while_one_misbehaves(place):
    bad = [check(act, name=act, timeout=1) for act in ("spin", "swallow", "exit_process", "garbage", "flood")]
    tasks = [asyncio.create_task(place.look(one)) for one in bad]

    good = []
    for _ in range(30):
        good.append(await place.look(check("up", plugin="neighbour")))
        await asyncio.sleep(0.03)
    await asyncio.gather(*tasks)

    assert {one.observation.status for one in good} == {Status.UP}
    assert max(one.seconds for one in good) < PROMISE_SECONDS
    assert place.vitals.workers_killed["neighbour"] == 0
