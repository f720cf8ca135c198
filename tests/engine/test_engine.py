"""Whatever a probe does, each run has one outcome soon after its deadline, and no other check notices."""

import asyncio
import threading
import time
from datetime import timedelta
from statistics import median

import pytest
from engine.stage import QUIET, BareNetwork, Does, Stage, check, inventory, is_up, staged

from monitor.engine.phase import phase
from monitor.inventory import CheckId
from monitor.measure import Measure
from monitor.observation import Reason, Status, down, unknown, up
from monitor.plugin.errors import ProbeError
from monitor.plugin.patience import awaiting
from monitor.plugin.probe import Where
from monitor.settings import Settings, Slots, Witnesses

SIZE = Measure("probe_size_bytes", "Size of the answer.")


async def hang(vantage):
    await asyncio.Event().wait()


async def swallow(vantage):
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            continue


async def recurse(vantage):
    return await recurse(vantage)


async def generate(vantage):
    yield up()


def raising(error):
    async def look(vantage):
        raise error

    return look


def returning(value):
    async def look(vantage):
        return value

    return look


async def test_a_good_look_becomes_an_outcome():
    async def look(vantage):
        with vantage.phase("connect"):
            return up(SIZE(3), detail="fine")

    async with staged(check("a/t/c", look, measures={SIZE.name: SIZE})) as stage:
        outcome = await stage.outcome_of("a/t/c")

    assert outcome.observation == up(SIZE(3), detail="fine")
    assert outcome.vantage == "local"
    assert outcome.phases == {"connect": 0.001}
    assert 0 <= outcome.duration_seconds < 0.1
    assert abs(outcome.started.timestamp() - time.time()) < 5
    assert stage.network.vantages[0].is_closed


async def test_a_check_runs_on_every_beat():
    every = timedelta(seconds=0.1)
    async with staged(check("a/t/c", every=0.1)) as stage:
        await stage.until(lambda: len(stage.outcomes) >= 12)

    beat = phase(CheckId("a/t/c"), every)
    lateness = [(outcome.started.timestamp() - beat) % 0.1 for outcome in stage.outcomes]
    assert median(min(late, 0.1 - late) for late in lateness) < 0.02
    assert sum(stage.vitals.start_lateness.counts) >= 12


@pytest.mark.parametrize("look", [hang, swallow], ids=["hangs", "swallows"])
async def test_a_result_exists_soon_after_the_deadline(look):
    began = []

    async def begin(vantage):
        began.append(time.monotonic())
        return await look(vantage)

    async with staged(check("a/t/c", begin, every=1.0, timeout=0.3, host="127.0.0.1")) as stage:
        outcome = await stage.outcome_of("a/t/c")

        assert stage.arrived[0] - began[0] <= 0.3 + 0.25
    assert outcome.observation.reason is Reason.TIMEOUT
    assert outcome.observation.status is Status.DOWN
    assert outcome.observation.detail == "no answer within 0.3 s"
    assert 0.29 <= outcome.duration_seconds <= 0.55


async def test_a_run_that_is_out_of_time_says_what_it_waited_for():
    async def wait(vantage):
        with awaiting("no greeting came in time for canary"), vantage.phase("greeting"):
            vantage.note(SIZE(3))
            await hang(vantage)

    async with staged(check("a/t/c", wait, timeout=0.1, host="127.0.0.1", measures={SIZE.name: SIZE})) as stage:
        outcome = await stage.outcome_of("a/t/c")

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.TIMEOUT)
    assert outcome.observation.detail == "no greeting came in time for ***"
    assert outcome.observation.readings == (SIZE(3),)
    assert 0.09 <= outcome.duration_seconds <= 0.35


async def test_what_came_in_the_end_is_not_waited_for_any_more():
    async def wait(vantage):
        with awaiting("no greeting came in time"):
            await asyncio.sleep(0)
        await hang(vantage)

    async with staged(check("a/t/c", wait, timeout=0.1, host="127.0.0.1")) as stage:
        outcome = await stage.outcome_of("a/t/c")

    assert outcome.observation.detail == "no answer within 0.1 s"


async def test_a_thread_that_is_out_of_time_says_what_it_waited_for():
    ended = threading.Event()

    class Waits:
        def observe(self, vantage):
            with awaiting("no greeting came in time"):
                ended.wait()

    async with staged(check("a/t/c", probe=Waits(), timeout=0.1, where=Where.THREAD, host="127.0.0.1")) as stage:
        outcome = await stage.outcome_of("a/t/c")
        ended.set()

    assert (outcome.observation.reason, outcome.observation.detail) == (Reason.TIMEOUT, "no greeting came in time")


@pytest.mark.parametrize(
    ("look", "status", "reason"),
    [
        (raising(ValueError("secret")), Status.UNKNOWN, Reason.PLUGIN),
        (raising(BaseException("x")), Status.UNKNOWN, Reason.PLUGIN),
        (raising(SystemExit(3)), Status.UNKNOWN, Reason.PLUGIN),
        (raising(KeyboardInterrupt()), Status.UNKNOWN, Reason.PLUGIN),
        (raising(asyncio.CancelledError()), Status.UNKNOWN, Reason.PLUGIN),
        (raising(ConnectionRefusedError(111, "x")), Status.DOWN, Reason.REFUSED),
        (raising(ProbeError(Reason.EGRESS, "x")), Status.UNKNOWN, Reason.EGRESS),
        (raising(MemoryError()), Status.UNKNOWN, Reason.RESOURCES),
        (recurse, Status.UNKNOWN, Reason.PLUGIN),
        (generate, Status.UNKNOWN, Reason.PLUGIN),
        (returning(None), Status.UNKNOWN, Reason.PLUGIN),
        (returning("up"), Status.UNKNOWN, Reason.PLUGIN),
        (returning(down(Reason.STATUS, "503")), Status.DOWN, Reason.STATUS),
    ],
    ids=lambda value: getattr(value, "__qualname__", str(value)),
)
async def test_every_ending_has_its_reason_and_leaves_the_others_alone(look, status, reason):
    bad = [check(f"a/bad{n}/c", look, host="127.0.0.1") for n in range(3)]

    async with staged(*bad, check("a/good/c")) as stage:
        outcome = await stage.outcome_of("a/bad0/c", 2)
        good = await stage.outcome_of("a/good/c", 2)

    assert (outcome.observation.status, outcome.observation.reason) == (status, reason)
    assert "secret" not in outcome.observation.detail
    assert good.observation.status is Status.UP


async def test_an_observe_that_is_not_even_a_coroutine_is_the_plugins_fault():
    class Plain:
        def observe(self, vantage):
            return up()

    async with staged(check("a/t/c", probe=Plain(), fingerprint="x")) as stage:
        outcome = await stage.outcome_of("a/t/c")

    assert outcome.observation.reason is Reason.PLUGIN
    assert stage.vitals.plugin_errors["stage"] >= 1


async def test_a_plugin_error_is_logged_with_its_place_and_without_its_text(capsys):
    async with staged(check("a/t/c", raising(ValueError("canary")))) as stage:
        await stage.outcome_of("a/t/c", 3)

    logged = capsys.readouterr().out
    assert logged.count("check.plugin_failed") == 1
    assert "ValueError" in logged
    assert "test_engine.py:" in logged
    assert "canary" not in logged
    assert stage.vitals.plugin_errors["stage"] >= 3


async def test_noted_readings_and_phases_outlive_a_timeout():
    async def look(vantage):
        vantage.note(SIZE(7))
        with vantage.phase("connect"):
            pass
        await asyncio.Event().wait()

    async with staged(check("a/t/c", look, measures={SIZE.name: SIZE}, host="127.0.0.1")) as stage:
        outcome = await stage.outcome_of("a/t/c")

    assert outcome.observation.readings == (SIZE(7),)
    assert outcome.phases == {"connect": 0.001}


async def test_a_run_that_swallows_its_cancellation_holds_up_its_own_check_only():
    async with staged(check("a/bad/c", swallow, timeout=0.04, host="127.0.0.1"), check("a/good/c")) as stage:
        await stage.until(lambda: any(o.observation.reason is Reason.PLUGIN for o in stage.of("a/bad/c")))
        await stage.outcome_of("a/good/c", 4)

        assert stage.vitals.abandoned == 1
        assert stage.vitals.in_flight >= 1
        assert stage.vitals.skipped["abandoned"] >= 1
        first, *others = stage.of("a/bad/c")
        assert first.observation.reason is Reason.TIMEOUT
        assert {o.observation.reason for o in others} == {Reason.PLUGIN}
        assert "holds on" in others[0].observation.detail


async def test_a_run_that_ends_at_last_lets_its_check_run_again():
    gate = asyncio.Event()

    async def stubborn(vantage):
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await gate.wait()
            raise

    async with staged(check("a/t/c", stubborn, host="127.0.0.1")) as stage:
        await stage.until(lambda: stage.vitals.skipped["abandoned"] >= 1)

        gate.set()

        await stage.until(lambda: [o.observation.reason for o in stage.outcomes].count(Reason.TIMEOUT) >= 2)
        assert len(stage.network.vantages) >= 2


async def test_a_run_that_says_how_long_it_cleans_up_keeps_its_connections_meanwhile():
    gate, was_closed = asyncio.Event(), []

    class Cleans:
        leaves_within = timedelta(seconds=5)

        async def observe(self, vantage):
            try:
                await asyncio.sleep(3600)
            finally:
                await gate.wait()
                was_closed.append(vantage.is_closed)

    async with staged(
        check("a/cleans/c", probe=Cleans(), timeout=0.04, fingerprint="1", host="127.0.0.1"),
        check("a/bad/c", swallow, timeout=0.1, host="127.0.0.1"),
    ) as stage:
        await stage.until(lambda: stage.vitals.abandoned >= 1)  # the other one, though it was cancelled later
        gate.set()
        await stage.outcome_of("a/cleans/c", 2)

        assert stage.vitals.abandoned == 1
        assert was_closed[0] is False


@pytest.mark.alone
async def test_a_blocking_probe_makes_the_others_look_again():
    blocks = iter([True])
    under_way = 0

    async def block(vantage):
        if under_way >= 3 and next(blocks, False):
            time.sleep(0.6)  # noqa: ASYNC251 - the fault under test
        return up()

    async def slow(vantage):
        nonlocal under_way
        under_way += 1
        await asyncio.sleep(0.15)
        under_way -= 1
        return up()

    victims = [check(f"a/t{n}/c", slow, every=0.2, timeout=0.19) for n in range(10)]
    async with staged(*victims, check("a/blocks/c", block)) as stage:
        await stage.until(lambda: stage.vitals.rerun["lagged"] >= 2)
        await stage.until(lambda: all(len(stage.of(f"a/t{n}/c")) >= 2 for n in range(10)))

    assert max(outcome.duration_seconds for outcome in stage.outcomes) < 0.3
    assert all(outcome.observation.reason is not Reason.TIMEOUT for outcome in stage.outcomes)
    assert stage.vitals.loop_lag_newest_seconds < 0.25


async def test_a_check_that_always_blocks_is_unknown_the_second_time():
    async def block(vantage):
        time.sleep(0.4)  # noqa: ASYNC251 - the fault under test
        return up()

    async with staged(check("a/t/c", block, every=2.0, timeout=1.0)) as stage:
        outcome = await stage.outcome_of("a/t/c")

    assert (outcome.observation.status, outcome.observation.reason) == (Status.UNKNOWN, Reason.LAGGED)
    assert stage.vitals.rerun["lagged"] == 1


async def test_a_timeout_is_believed_when_the_loop_stood_still_for_a_small_part_of_it():
    async def stutter(vantage):
        time.sleep(0.1)  # noqa: ASYNC251 - the fault under test
        return up()

    settings = Settings(lag=timedelta(milliseconds=50), witnesses=QUIET.witnesses)
    hung = check("a/hung/c", hang, every=2.5, timeout=2.0, host="127.0.0.1")
    async with staged(hung, settings=settings) as stage:
        await stage.until(lambda: stage.vitals.in_flight == 1)
        await stage.engine.run_once(check("a/stutters/c", stutter))
        outcome = await stage.outcome_of("a/hung/c")

    assert outcome.observation.reason is Reason.TIMEOUT
    assert sum(stage.vitals.rerun.values()) == 0


@pytest.mark.alone
async def test_twenty_percent_of_targets_hanging_delay_nobody():
    """As many runs a second as 10,000 checks every 30 s, a fifth of them under way nearly all the time."""
    hung = [check(f"hung{n % 3}/t{n}/c", hang, every=2.0, timeout=1.9, host=f"127.1.0.{n}") for n in range(133)]
    fine = [check(f"fine{n % 5}/t{n}/c", every=2.0, timeout=0.4, host=f"127.2.0.{n % 250}") for n in range(533)]

    for _ in range(3):  # a machine that is busy delays one of them, a fault of ours each
        async with staged(*hung, *fine) as stage:
            await stage.until(lambda: len(stage.outcomes) >= 1000)
        late = stage.vitals.start_lateness
        in_time = sum(late.counts[: late.bounds.index(0.25) + 1]) / sum(late.counts)
        if in_time >= 0.99:
            break

    assert in_time >= 0.99
    assert set(stage.vitals.skipped) <= {"missed"}
    assert {outcome.observation.status for each in fine for outcome in stage.of(each.id)} == {Status.UP}


async def test_a_run_without_a_slot_before_its_next_beat_is_skipped_and_counted():
    settings = Settings(slots=Slots(process=100, agency=100, host=1), witnesses=QUIET.witnesses)
    gate = asyncio.Event()

    async def wait(vantage):
        await gate.wait()
        return up()

    holder = check("a/holder/c", wait, every=20.0, timeout=20.0, host="127.0.0.1")
    async with staged(holder, settings=settings) as stage:
        stage.engine.recheck(holder.id, 0.0)
        await stage.until(lambda: stage.vitals.in_flight == 1)

        stage.engine.replace(inventory(holder, check("a/waits/c", every=0.2, timeout=0.1, host="127.0.0.1")))
        outcome = await stage.outcome_of("a/waits/c", 2)
        assert stage.vitals.skipped["host"] >= 2
        gate.set()
        await stage.until(lambda: stage.of("a/waits/c")[-1].observation.status is Status.UP)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.UNKNOWN, Reason.SKIPPED)
    assert not outcome.is_run
    assert "slots of the target host" in outcome.observation.detail


async def test_a_reload_keeps_the_run_under_way_of_a_check_that_did_not_change():
    gate = asyncio.Event()
    looks = []

    async def wait(vantage):
        looks.append(1)
        await gate.wait()
        return up()

    kept = check("a/kept/c", wait, every=30.0, timeout=20.0)
    async with staged(kept) as stage:
        stage.engine.recheck(kept.id, 0.0)
        await stage.until(lambda: bool(looks))

        stage.engine.replace(inventory(check("a/kept/c", wait, every=30.0, timeout=20.0), check("a/new/c")))
        gate.set()
        await stage.outcome_of("a/kept/c")

    assert looks == [1]


async def test_a_reload_ends_the_runs_of_checks_that_changed_or_left():
    ended = []

    async def wait(vantage):
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(1)

    leaves = check("a/leaves/c", wait, every=30.0, timeout=20.0)
    changes = check("a/changes/c", wait, every=30.0, timeout=20.0)
    async with staged(leaves, changes) as stage:
        for each in (leaves, changes):
            stage.engine.recheck(each.id, 0.0)
        await stage.until(lambda: stage.vitals.in_flight == 2)

        stage.engine.replace(inventory(check("a/changes/c", every=0.2, timeout=0.1)))
        await stage.outcome_of("a/changes/c", 2)

    assert ended == [1, 1]
    assert stage.of("a/leaves/c") == []
    assert {outcome.observation.status for outcome in stage.outcomes} == {Status.UP}


async def test_a_check_is_never_under_way_twice():
    under_way = most = 0

    async def look(vantage):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        try:
            await asyncio.sleep(0.15)
        finally:
            await asyncio.sleep(0.03)
            under_way -= 1
        return up()

    async with staged(check("a/t/c", look, every=0.1, timeout=0.1, host="127.0.0.1")) as stage:
        for _ in range(5):
            stage.engine.recheck("a/t/c", 0.0)
            await stage.outcome_of("a/t/c", len(stage.outcomes) + 1)

    assert most == 1


async def test_a_synchronous_probe_runs_in_a_thread_with_what_works_there():
    class Synchronous:
        def observe(self, vantage):
            time.sleep(0.05)
            vantage.note(SIZE(1))
            with vantage.phase("query"):
                assert vantage.now()
            return up(detail=f"until {vantage.deadline > 0}")

    class Wrong:
        def observe(self, vantage):
            return vantage.http

    checks = (
        check("a/sync/c", probe=Synchronous(), where=Where.THREAD, measures={SIZE.name: SIZE}, fingerprint="1"),
        check("a/wrong/c", probe=Wrong(), where=Where.THREAD, fingerprint="2"),
    )
    async with staged(*checks) as stage:
        good, wrong = await stage.outcome_of("a/sync/c"), await stage.outcome_of("a/wrong/c")

    assert good.observation == up(SIZE(1), detail="until True")
    assert wrong.observation.reason is Reason.PLUGIN
    assert "vantage.http" in wrong.observation.detail


async def test_a_hung_thread_is_given_up_at_its_deadline():
    began, release = [], []

    class Hangs:
        def observe(self, vantage):
            began.append(time.monotonic())
            while not release:
                time.sleep(0.01)
            return up()

    async with staged(
        check("a/hangs/c", probe=Hangs(), timeout=0.04, where=Where.THREAD, fingerprint="1", host="127.0.0.1"),
        check("a/good/c"),
    ) as stage:
        outcome = await stage.outcome_of("a/hangs/c")
        assert stage.arrived[stage.outcomes.index(outcome)] - began[0] <= 0.04 + 0.25
        await stage.until(lambda: stage.vitals.skipped["abandoned"] >= 1)
        release.append(1)
        await stage.until(lambda: stage.of("a/hangs/c")[-1].observation.status is Status.UP)

    assert outcome.observation.reason is Reason.TIMEOUT
    assert stage.vitals.abandoned == 1


async def test_a_secret_that_the_target_repeats_is_covered():
    async def repeats(vantage):
        return down(Reason.STATUS, "it said canary")

    async def raises(vantage):
        raise ProbeError(Reason.PROTOCOL, "it said canary")

    async with staged(check("a/t/repeats", repeats), check("a/t/raises", raises)) as stage:
        seen = [(await stage.outcome_of(name)).observation for name in ("a/t/repeats", "a/t/raises")]

    assert [one.detail for one in seen] == ["it said ***", "it said ***"]


async def test_a_worker_answers_for_its_probe():
    class Result:
        observation = up(detail="from afar")
        phases = {"connect": 0.5}  # noqa: RUF012
        noted = (SIZE(5),)
        memory = b"page 2"

    class Workers:
        async def observe(self, check, deadline):
            if check.name == "dies":
                raise ProbeError(Reason.WORKER, "the worker died")
            return Result()

    checks = (
        check("a/t/lives", where=Where.WORKER, measures={SIZE.name: SIZE}),
        check("a/t/dies", where=Where.WORKER),
    )
    async with staged(*checks, workers=Workers()) as stage:
        lives, dies = await stage.outcome_of("a/t/lives"), await stage.outcome_of("a/t/dies")

    assert lives.observation == up(SIZE(5), detail="from afar")
    assert lives.phases == {"connect": 0.5}
    assert lives.memory == b"page 2"
    assert (dies.observation.status, dies.observation.reason) == (Status.UNKNOWN, Reason.WORKER)


async def test_what_a_run_remembers_goes_along_with_its_outcome_if_it_ended_well():
    async def well(vantage):
        vantage.remembered = b"page 2"
        return down(Reason.STALE, "old")

    async def badly(vantage):
        vantage.remembered = b"page 2"
        raise ConnectionRefusedError

    async def unknowing(vantage):
        vantage.remembered = b"page 2"
        return unknown(Reason.PLUGIN, "it does not know")

    async def for_ever(vantage):
        vantage.remembered = b"page 2"
        await asyncio.sleep(3600)

    looks = {"well": well, "badly": badly, "unknowing": unknowing, "for-ever": for_ever}
    async with staged(*(check(f"a/t/{name}", look) for name, look in looks.items())) as stage:
        kept = {name: (await stage.outcome_of(f"a/t/{name}")).memory for name in looks}

    assert kept == {"well": b"page 2", "badly": None, "unknowing": None, "for-ever": None}


async def test_a_worker_may_say_after_the_deadline_what_became_of_a_run():
    class Workers:
        async def observe(self, check, deadline):
            await asyncio.sleep(deadline - time.monotonic() + (0.1 if check.name == "hung" else 60))
            raise ProbeError(Reason.PLUGIN, "the plugin hung")

    checks = (check("a/t/hung", where=Where.WORKER, every=2), check("a/t/mute", where=Where.WORKER, every=2))
    async with staged(workers=Workers()) as stage:
        hung, mute = await asyncio.gather(*(stage.engine.run_once(one) for one in checks))

    assert (hung.observation.status, hung.observation.detail) == (Status.UNKNOWN, "the plugin hung")
    assert (mute.observation.status, mute.observation.reason) == (Status.UNKNOWN, Reason.WORKER)


async def test_a_name_that_a_fresh_resolver_knows_is_looked_at_again():
    looks = []

    async def stale(vantage):
        looks.append(1)
        if len(looks) == 1:
            raise ProbeError(Reason.DNS, "the name does not exist")
        return up()

    network = BareNetwork(names={"moved.example"})
    async with staged(check("a/t/c", stale, every=2.0, timeout=1.0, host="moved.example"), network=network) as stage:
        outcome = await stage.outcome_of("a/t/c")

    assert outcome.observation.status is Status.UP
    assert stage.vitals.rerun == {"dns": 1}


async def test_a_name_that_nobody_knows_is_down_and_asked_for_afresh_only_once():
    async def dead(vantage):
        raise ProbeError(Reason.DNS, "the name does not exist")

    network = BareNetwork()
    async with staged(check("a/t/c", dead, host="dead.example"), network=network) as stage:
        outcome = await stage.outcome_of("a/t/c", 3)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.DNS)
    assert network.asked == ["dead.example"]


async def test_a_step_of_the_wall_clock_shows_in_the_records_only():
    class SteppedClock:
        step = 0.0

        def monotonic(self):
            return time.monotonic()

        def now(self):
            from datetime import UTC, datetime

            return datetime.now(UTC) + timedelta(seconds=self.step)

    clock = SteppedClock()
    async with staged(check("a/t/c", every=0.1), clock=clock) as stage:
        await stage.outcome_of("a/t/c", 3)
        clock.step = 3600.0
        await stage.outcome_of("a/t/c", 6)

    assert stage.arrived[5] - stage.arrived[2] < 2.0
    assert (stage.outcomes[5].started - stage.outcomes[1].started).total_seconds() > 3590


async def test_one_run_on_demand_needs_no_running_engine():
    stage = Stage()

    good = await stage.engine.run_once(check("a/t/c"))
    late = await stage.engine.run_once(check("a/t/c", hang, host="127.0.0.1"))

    assert good.observation.status is Status.UP
    assert late.observation.reason is Reason.TIMEOUT
    assert stage.outcomes == []
    await stage.engine.stop(timedelta(0))


async def test_stopping_ends_every_run_without_an_outcome():
    stage = Stage()
    stage.engine.replace(inventory(*(check(f"a/t{n}/c", hang, every=0.2, timeout=0.2) for n in range(20))))
    running = asyncio.create_task(stage.engine.run())
    await stage.until(lambda: stage.vitals.in_flight >= 5)
    before = len(stage.outcomes)

    await stage.engine.stop(timedelta(seconds=1))
    await asyncio.wait_for(running, 1)

    assert stage.vitals.in_flight == 0
    assert len(stage.outcomes) == before


async def ignore_everything_twice(vantage):
    for _ in range(2):
        try:
            await asyncio.sleep(3600)
        except BaseException:
            continue
    await swallow(vantage)


@pytest.mark.parametrize("look", [swallow, ignore_everything_twice])
async def test_stopping_tears_a_probe_down_that_will_not_leave(look):
    stage = Stage()
    stage.engine.replace(inventory(check("a/t/c", look, every=0.2, timeout=0.2)))
    running = asyncio.create_task(stage.engine.run())
    await stage.until(lambda: stage.vitals.in_flight == 1)
    began = time.monotonic()

    await stage.engine.stop(timedelta(seconds=0.1))
    await running

    assert time.monotonic() - began < 0.5
    assert stage.vitals.in_flight == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_cancelling_the_engine_ends_it():
    stage = Stage()
    stage.engine.replace(inventory(check("a/t/c", hang)))
    running = asyncio.create_task(stage.engine.run())
    await stage.until(lambda: stage.vitals.in_flight == 1)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    await asyncio.sleep(0)
    assert stage.vitals.in_flight <= 1


async def test_an_unreachable_target_is_unknown_while_no_witness_answers():
    async def unreachable(vantage):
        raise OSError(113, "no route to host")

    settings = Settings(witnesses=Witnesses(gateway=False, resolver=False, peers=(("192.0.2.1", 9),)))
    network = BareNetwork()  # its vantages cannot connect: the peer is silent
    async with staged(check("a/t/c", unreachable, host="192.0.2.7"), settings=settings, network=network) as stage:
        outcome = await stage.outcome_of("a/t/c")

    assert outcome.observation.reason in {Reason.NETWORK, Reason.UNREACHABLE}


async def test_a_probe_does_the_same_under_a_frozen_dataclass():
    async with staged(check("a/t/c", probe=Does(is_up), fingerprint="x")) as stage:
        assert (await stage.outcome_of("a/t/c")).observation == up()
