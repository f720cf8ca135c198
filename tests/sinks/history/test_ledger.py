"""Memory and increments of a run are committed together, outlive restarts, and wait in order for a disk that fails."""

import asyncio
import contextlib
import queue
import random
import shutil
import sqlite3
import subprocess
from datetime import UTC, date, datetime, timedelta

import pytest
from sinks.history.scene import BEGAN, CALLS, check, outcome, replaced

from monitor.clock import SystemClock
from monitor.network.kept import inbox_of
from monitor.observation import Reason, unknown
from monitor.plugin.errors import ProbeError
from monitor.sinks.history import Ledger, day_totals
from monitor.sinks.history.reader import reading
from monitor.sinks.history.schema import APPLICATION, STEPS
from monitor.sinks.history.writer import Writer
from monitor.vitals import Vitals

ID = "ha-noi/lgsp/calls"
HCM = ("ho-chi-minh",)
HUE = ("hue",)


class Told:
    """What a ledger tells: the newest totals, by check and measure."""

    def __init__(self, file, vitals=None, keep_days=400):
        self.vitals = vitals or Vitals()
        self.totals = {}
        self.ledger = Ledger(file, SystemClock(), self.vitals, self._count, keep_days=keep_days)

    def _count(self, check_id, totals):
        self.totals.setdefault(check_id, {}).update({name: dict(one) for name, one in totals.items()})

    def calls(self, name="calls"):
        return self.totals.get(f"ha-noi/lgsp/{name}", {}).get(CALLS.name, {})

    async def until(self, condition, within=10.0):
        async with asyncio.timeout(within):
            while not condition():  # noqa: ASYNC110 - what it waits for is another thread's
                await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def keeping(file, *events, vitals=None, keep_days=400):
    told = Told(file, vitals, keep_days)
    for event in events:
        told.ledger(event)
    await told.ledger.start()
    try:
        yield told
    finally:
        await told.ledger.close()


@pytest.fixture
def file(tmp_path):
    (tmp_path / "state").mkdir()
    return tmp_path / "state" / "history.db"


async def test_memory_and_totals_are_there_after_a_restart(file):
    async with keeping(file, replaced(check())) as first:
        first.ledger(outcome(CALLS(3, consumer="hue"), memory=b"page 1"))
        first.ledger(outcome(CALLS(4, consumer="hue"), memory=b"page 2"))

    async with keeping(file, replaced(check())) as second:
        assert second.ledger.read(ID) == b"page 2"
        assert second.calls() == {HUE: 7}


async def test_what_is_kept_is_on_the_disk_once_that_is_told(file):
    name = inbox_of(ID)
    async with keeping(file, replaced(check())) as told:
        await asyncio.gather(told.ledger.keep(name, b"first"), told.ledger.keep(name, b"second"))

        with contextlib.closing(reading(file)) as connection:
            found = connection.execute("SELECT memory FROM checks WHERE id = ?", (name,)).fetchone()
        assert found == (b"second",)
        assert (told.ledger.read(name), told.ledger.read(ID)) == (b"second", b"")


async def test_what_is_kept_moves_along_with_its_check(file):
    async with keeping(file, replaced(check())) as told:
        await told.ledger.keep(inbox_of(ID), b"first")

    async with keeping(file, replaced(check("requests", formerly=(ID,)))) as told:
        assert told.ledger.read(inbox_of("ha-noi/lgsp/requests")) == b"first"


async def test_nobody_is_told_of_what_is_not_on_the_disk_and_none_waits_in_the_books(file):
    async with keeping(file, replaced(check())) as told:
        file.unlink()

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await told.ledger.keep(inbox_of(ID), b"first")

        assert told.ledger.read(inbox_of(ID)) == b"first"
        assert not [one for batch in told.ledger._writer.waiting for one in batch.waiters]


async def test_memory_is_read_by_the_next_run_at_once(file):
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(memory=b"page 1"))

        assert told.ledger.read(ID) == b"page 1"


async def test_totals_are_told_once_they_are_committed(file):
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(CALLS(3, consumer="hue"), memory=b"1"))
        assert told.calls() == {}

        await told.until(told.calls)

        assert told.calls() == {HUE: 3}
        assert [one.amount for one in day_totals(file, CALLS.name)] == [3]


async def test_increments_without_a_memory_are_committed_within_a_second_or_so(file):
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(CALLS(3, consumer="hue")))

        await told.until(told.calls, within=3.0)


async def test_amounts_are_kept_by_local_day(file):
    late = datetime(2026, 3, 1, 17, 30, tzinfo=UTC)  # half past midnight of the next day in Hà Nội
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(CALLS(1, consumer="hue"), started=BEGAN))
        told.ledger(outcome(CALLS(2, consumer="hue"), started=late))
        told.ledger(outcome(CALLS(4, consumer="hue").on(date(2026, 2, 27)), started=late))

    assert [(one.day, one.amount) for one in day_totals(file, CALLS.name)] == [
        (date(2026, 2, 27), 4),
        (date(2026, 3, 1), 1),
        (date(2026, 3, 2), 2),
    ]


def kept_days(file):
    return [one.day for one in day_totals(file, CALLS.name)]


async def test_totals_of_the_oldest_days_go_with_the_day_that_is_new(file):
    days = [date(2026, 3, 1) + timedelta(days=number) for number in range(5)]
    async with keeping(file, replaced(check()), keep_days=3) as told:
        for day in days:
            told.ledger(outcome(CALLS(1, consumer="hue").on(day), memory=b"1"))
            await told.until(lambda day=day: day in kept_days(file))

        assert kept_days(file) == days[2:]
        await told.until(lambda: told.calls() == {HUE: 5})  # the sums are told a moment after they are written


async def test_record_that_is_older_than_what_is_kept_counts_and_leaves_no_day(file):
    days = [date(2026, 3, 1) + timedelta(days=number) for number in range(3)]
    async with keeping(file, replaced(check()), keep_days=3) as told:
        told.ledger(outcome(*(CALLS(1, consumer="hue").on(day) for day in days), memory=b"1"))
        told.ledger(outcome(CALLS(4, consumer="hue").on(date(2025, 1, 1)), memory=b"2"))

    assert kept_days(file) == days
    async with keeping(file, replaced(check())) as again:
        assert again.calls() == {HUE: 7}


async def test_fewer_days_are_kept_from_the_next_write_on_once_the_setting_says_so(file):
    days = [date(2026, 3, 1) + timedelta(days=number) for number in range(9)]
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(*(CALLS(1, consumer="hue").on(day) for day in days), memory=b"1"))
    async with keeping(file, replaced(check()), keep_days=2) as told:
        told.ledger(outcome(CALLS(1, consumer="hue").on(days[-1]), memory=b"2"))

    assert kept_days(file) == days[-2:]


async def test_clock_that_leaps_ahead_costs_one_day_and_not_the_history(file):
    days = [date(2026, 3, 1) + timedelta(days=number) for number in range(3)]
    async with keeping(file, replaced(check()), keep_days=3) as told:
        told.ledger(outcome(*(CALLS(1, consumer="hue").on(day) for day in days), memory=b"1"))
        told.ledger(outcome(CALLS(1, consumer="hue"), memory=b"2", started=datetime(2099, 1, 1, tzinfo=UTC)))

    assert kept_days(file) == [*days[1:], date(2099, 1, 1)]


async def test_many_rows_go_in_pieces(file, monkeypatch):
    monkeypatch.setattr("monitor.sinks.history.days.AT_ONCE", 2)
    days = [date(2026, 3, 1) + timedelta(days=number) for number in range(9)]
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(*(CALLS(1, consumer="hue").on(day) for day in days), memory=b"1"))
    async with keeping(file, replaced(check()), keep_days=2) as told:
        for number, left in ((1, 7), (2, 5), (3, 3), (4, 2)):
            told.ledger(outcome(CALLS(1, consumer="hue").on(days[-1]), memory=b"%d" % number))
            await told.until(lambda left=left: len(kept_days(file)) == left)


async def test_store_of_the_version_before_is_brought_up_to_date_with_all_that_it_holds(file):
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as old:
        for statement in STEPS[0].split(";"):
            old.execute(statement)
        old.execute("INSERT INTO store VALUES ('an identity', 7)")
        old.execute("INSERT INTO checks (key, id, memory) VALUES (1, ?, x'31')", (ID,))
        old.execute("INSERT INTO series VALUES (1, 1, ?, '[\"hue\"]', 5.0)", (CALLS.name,))
        old.execute("INSERT INTO days VALUES (1, '2026-02-01', 5.0)")
        old.execute(f"PRAGMA application_id = {APPLICATION}")
        old.execute("PRAGMA user_version = 1")

    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(CALLS(1, consumer="hue"), memory=b"2"))
        await told.until(lambda: told.calls() == {HUE: 6})

    assert kept_days(file) == [date(2026, 2, 1), date(2026, 3, 1)]


async def test_unknown_outcome_counts_nothing(file):
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(observation=unknown(Reason.LAGGED, "it lagged", CALLS(3, consumer="hue"))))

    assert list(day_totals(file, CALLS.name)) == []


async def test_renamed_check_keeps_memory_and_totals(file):
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(CALLS(3, consumer="hue"), memory=b"1"))
        told.ledger(replaced(check("use", formerly=("calls",)), removed=[ID]))
        told.ledger(outcome(CALLS(4, consumer="hue"), memory=told.ledger.read("ha-noi/lgsp/use") + b"2", name="use"))
        await told.until(lambda: told.calls("use") == {HUE: 7})

    async with keeping(file, replaced(check("use", formerly=("calls",)))) as again:
        assert again.ledger.read("ha-noi/lgsp/use") == b"12"
        assert again.ledger.read(ID) == b""
        assert again.calls("use") == {HUE: 7}


async def test_check_renamed_while_the_monitor_was_down_keeps_memory_and_totals(file):
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(CALLS(3, consumer="hue"), memory=b"1"))

    async with keeping(file, replaced(check("use", formerly=("calls",)))) as again:
        assert again.ledger.read("ha-noi/lgsp/use") == b"1"
        assert again.calls("use") == {HUE: 3}


async def test_removed_check_that_comes_back_goes_on(file):
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(CALLS(3, consumer="hue"), memory=b"1"))
        told.ledger(replaced(removed=[ID]))
        await told.until(lambda: told.vitals.history_waiting == 0)
        told.ledger(replaced(check()))

        assert told.ledger.read(ID) == b"1"


async def test_what_waits_for_a_locked_file_is_written_in_order(file):
    async with keeping(file, replaced(check())) as told:
        locking = sqlite3.connect(file, isolation_level=None)
        locking.execute("BEGIN EXCLUSIVE")
        told.ledger(outcome(CALLS(3, consumer="hue"), memory=b"1"))
        await told.until(lambda: told.vitals.history_errors["locked"])
        told.ledger(outcome(CALLS(4, consumer="hue"), memory=b"2"))
        told.ledger(outcome(CALLS(5, consumer="ho-chi-minh"), memory=b"3"))

        assert told.vitals.history_up is False
        assert told.vitals.history_waiting_since is not None
        assert told.calls() == {}
        assert told.ledger.read(ID) == b"3"
        locking.close()
        await told.until(lambda: told.calls() == {HUE: 7, HCM: 5})
        assert told.vitals.history_up is True
        assert told.vitals.history_waiting == 0

    async with keeping(file, replaced(check())) as again:
        assert again.ledger.read(ID) == b"3"
        assert again.calls() == {HUE: 7, HCM: 5}


async def test_missing_folder_is_waited_for(file):
    away = file.parent.with_name("away")
    file.parent.rename(away)
    async with keeping(file, replaced(check())) as told:
        assert told.vitals.history_errors["missing"]
        with pytest.raises(ProbeError) as refused:
            told.ledger.read(ID)
        assert refused.value.reason is Reason.RESOURCES
        told.ledger(outcome(CALLS(3, consumer="hue")))

        away.rename(file.parent)
        await told.until(told.calls)

        assert told.calls() == {HUE: 3}
        assert told.ledger.read(ID) == b""


async def test_folder_that_vanishes_and_comes_back_loses_nothing(file):
    away = file.parent.with_name("away")
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(CALLS(3, consumer="hue"), memory=b"1"))
        await told.until(told.calls)
        file.parent.rename(away)
        file.parent.mkdir()  # as when a disk is unmounted
        told.ledger(outcome(CALLS(4, consumer="hue"), memory=b"2"))
        await told.until(lambda: told.vitals.history_up is False)
        assert list(file.parent.glob("*.db")) == []

        shutil.rmtree(file.parent)
        away.rename(file.parent)
        await told.until(lambda: told.calls() == {HUE: 7})

    async with keeping(file, replaced(check())) as again:
        assert again.ledger.read(ID) == b"2"


async def test_another_database_in_its_place_is_not_written_to(file, tmp_path):
    other = tmp_path / "other.db"
    async with keeping(other, replaced(check())):
        pass
    async with keeping(file, replaced(check())) as told:
        file.parent.rename(tmp_path / "away")
        file.parent.mkdir()
        shutil.copy(other, file)
        told.ledger(outcome(CALLS(4, consumer="hue"), memory=b"2"))
        await told.until(lambda: told.vitals.history_errors["other"] >= 2)

        assert list(day_totals(file, CALLS.name)) == []


async def test_database_that_may_not_grow_is_waited_for(file):
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(CALLS(3, consumer="hue"), memory=b"1"))
        await told.until(told.calls)
        told.ledger._writer._store._connection.execute("PRAGMA max_page_count = 1")
        told.ledger(outcome(CALLS(4, consumer="hue"), memory=bytes(100_000)))
        await told.until(lambda: told.vitals.history_errors["full"])
        assert told.calls() == {HUE: 3}

        await told.until(lambda: told.calls() == {HUE: 7})  # the limit went with the connection


@contextlib.contextmanager
def disk(place, size):
    """Mount a file system of so many KiB."""
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(place)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def remount(place, option):
    subprocess.run(["mount", "-o", f"remount,{option}", str(place)], check=True)


async def test_full_disk_is_waited_for(tmp_path):
    with disk(tmp_path / "disk", 1024) as place:
        async with keeping(place / "history.db", replaced(check())) as told:
            told.ledger(outcome(CALLS(3, consumer="hue"), memory=b"1"))
            await told.until(told.calls)
            with (place / "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
                while True:
                    ballast.write(bytes(4096))
            told.ledger(outcome(CALLS(4, consumer="hue"), memory=bytes(100_000)))
            await told.until(lambda: told.vitals.history_errors.total() >= 2)
            assert set(told.vitals.history_errors) <= {"full", "io"}
            assert told.calls() == {HUE: 3}

            (place / "ballast").unlink()
            await told.until(lambda: told.calls() == {HUE: 7})


async def test_disk_that_is_full_at_the_start_is_waited_for(tmp_path):
    with disk(tmp_path / "disk", 64) as place:
        (place / "ballast").write_bytes(bytes(64 * 1024))
        async with keeping(place / "history.db", replaced(check())) as told:
            assert told.vitals.history_up is False
            told.ledger(outcome(CALLS(4, consumer="hue")))

            (place / "ballast").unlink()
            remount(place, "size=4m")
            await told.until(lambda: told.calls() == {HUE: 4})


async def test_read_only_disk_is_waited_for(tmp_path):
    with disk(tmp_path / "disk", 1024) as place:
        async with keeping(place / "history.db", replaced(check())):
            pass
        remount(place, "ro")
        async with keeping(place / "history.db", replaced(check())) as told:
            assert told.vitals.history_errors["read_only"]
            told.ledger(outcome(CALLS(4, consumer="hue")))

            remount(place, "rw")
            await told.until(lambda: told.calls() == {HUE: 4})


async def test_file_of_a_newer_monitor_is_left_alone(file):
    async with keeping(file, replaced(check())):
        pass
    with contextlib.closing(sqlite3.connect(file)) as newer:
        newer.execute("PRAGMA user_version = 99")
    before = file.read_bytes()

    async with keeping(file, replaced(check())) as told:
        assert told.vitals.history_up is False

    assert file.read_bytes() == before


async def test_database_of_something_else_is_left_alone(file):
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE theirs (a)")

    async with keeping(file, replaced(check())) as told:
        assert told.vitals.history_up is False

    with contextlib.closing(sqlite3.connect(file)) as other:
        assert other.execute("SELECT name FROM sqlite_schema").fetchall() == [("theirs",)]


DAMAGE = {
    "labels that are no list": ["UPDATE series SET labels = '{{'"],
    "labels that are a number": ["UPDATE series SET labels = '5'"],
    "labels that are numbers": ["UPDATE series SET labels = '[5]'"],
    "labels of labels": ["UPDATE series SET labels = '[[1]]'"],
    "no identity": ["DELETE FROM store"],
}


@pytest.mark.parametrize("statements", DAMAGE.values(), ids=DAMAGE)
async def test_damaged_file_is_told_and_waited_for(file, tmp_path, statements):
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(CALLS(3, consumer="hue"), memory=b"1"))
    shutil.copy(file, tmp_path / "copy.db")
    with contextlib.closing(sqlite3.connect(file)) as damaged, damaged:
        for statement in statements:
            damaged.execute(statement)

    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(CALLS(4, consumer="hue")))
        await told.until(lambda: told.vitals.history_errors["corrupt"])
        assert told.vitals.history_up is False
        (tmp_path / "copy.db").replace(file)

        await told.until(lambda: told.calls() == {HUE: 7})


async def test_whatever_bits_have_fallen_somebody_is_told(file):
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(*(CALLS(3, consumer=f"c{number}") for number in range(50)), memory=bytes(2000)))
    whole, dice = file.read_bytes(), random.Random(20260504)
    for _ in range(40):
        spoilt = bytearray(whole)
        for _ in range(30):
            spoilt[dice.randrange(100, len(spoilt))] = dice.randrange(256)
        file.write_bytes(spoilt)
        heard = queue.SimpleQueue()
        writer = Writer(file, heard.put, keep_days=400)

        writer.start()
        heard.get(timeout=10)
        writer.close()


async def test_two_monitors_do_not_write_to_one_file(file):
    async with keeping(file, replaced(check())) as first, keeping(file, replaced(check())) as second:
        assert first.vitals.history_up is True
        assert second.vitals.history_up is False


async def test_file_is_for_its_owner_only(file):
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(CALLS(3, consumer="hue"), memory=b"1"))
        await told.until(told.calls)

        assert {path.stat().st_mode & 0o777 for path in file.parent.iterdir()} == {0o600}


async def test_reader_neither_writes_nor_checkpoints(file):
    async with keeping(file, replaced(check())) as told:
        told.ledger(outcome(CALLS(3, consumer="hue"), memory=b"1"))
        await told.until(told.calls)
        with contextlib.closing(reading(file)) as beside:
            assert beside.execute("PRAGMA wal_autocheckpoint").fetchone() == (0,)
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                beside.execute("UPDATE checks SET memory = x''")
