"""Rows and counters are counted once; and what is remembered of them fits into a memory, whatever comes."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web
from datashare_monitor_usage.cells import MalformedError, moment, number
from datashare_monitor_usage.days import Days
from datashare_monitor_usage.measures import (
    BYTES,
    COUNTED_SINCE,
    DURATION,
    LAST_CALL,
    REFUSED,
    TRANSACTIONS,
    UNCALLED_SINCE,
)
from datashare_monitor_usage.names import Directory, Parties
from datashare_monitor_usage.probe import Usage
from datashare_monitor_usage.rows import Fields
from datashare_monitor_usage.state import MOST_CALLS, State
from datashare_monitor_usage.window import MOST_IDS, Window, digest

from monitor.plugin import MOST_MEMORY_BYTES, Exchange, ExternalIds, ProbeError, Reason, Row, Status, Vantage
from monitor.testing import configured, run, serve

DANCU = Exchange(connection="ha-noi/population", consumer="ha-noi", service="bo-cong-an/population-db")
KNOWN = {"log": {"HNI-DANCU": DANCU}}
PAIR = ("ha-noi", "bo-cong-an/population-db")


@dataclass(frozen=True)
class Lines:
    """A source of rows."""

    lines: tuple

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        for line in self.lines:
            yield line


class Collecting:
    """A collector, run again and again as the daemon does."""

    def __init__(self, **fields):
        self.fields = Fields(time="at", connection=("app",), **fields)
        self.memory = b""
        self.totals = {}
        self.lookback = timedelta(hours=3)

    async def once(self, *lines, within=10.0, **change):
        probe = Usage(
            external_ids=ExternalIds("log"),
            source=Lines(lines),
            fields=replace(self.fields, **change),
            lookback=self.lookback,
        )
        return await self.look(probe)

    async def look(self, probe):
        outcome = await run(probe, memory=self.memory, exchanges=KNOWN)
        self.memory = outcome.memory or self.memory
        for reading in outcome.observation.readings:
            if reading.measure.kind == "increment" and outcome.memory:
                key = (reading.measure, *reading.labels)
                self.totals[key] = self.totals.get(key, 0) + reading.value
        return outcome.observation

    @property
    def all(self):
        return sum(value for key, value in self.totals.items() if key[0] is TRANSACTIONS)

    def refused(self, reason):
        return self.totals.get((REFUSED, reason), 0)


def row(at, app="HNI-DANCU", **more):
    return {"at": at, "app": app, **more}


@pytest.fixture
def past():
    return int(time.time()) - 3000


async def test_rows_that_are_read_again_are_counted_once(past):
    collecting = Collecting(id="id")
    first = [row(past + n, id=f"r{n}") for n in range(10)]

    await collecting.once(*first)
    await collecting.once(*first, *(row(past + 100 + n, id=f"s{n}") for n in range(5)))

    assert collecting.all == 15


async def test_connection_without_a_call_is_told_apart_from_one_that_nobody_counts(past):
    collecting = Collecting(id="id")
    before = await collecting.once(row(past, app="elsewhere"))
    after = await collecting.once(row(past, id="1"))

    [since] = [one for one in before.readings if one.measure is UNCALLED_SINCE]
    [counted] = [one.value for one in before.readings if one.measure is COUNTED_SINCE]
    assert (since.value, since.labels) == (counted, ("ha-noi/population",))
    assert [one for one in before.readings if one.measure is LAST_CALL] == []
    [last] = [one for one in after.readings if one.measure is LAST_CALL]
    assert (last.value, last.labels) == (past, ("ha-noi/population",))
    assert [one for one in after.readings if one.measure is UNCALLED_SINCE] == []


async def test_rows_without_an_id_are_told_apart_by_their_cells_and_twins_counted_both(past):
    collecting = Collecting(bytes="size")
    rows = [row(past, size=1), row(past, size=2), row(past, size=2)]

    await collecting.once(*rows)
    await collecting.once(*rows)

    assert collecting.all == 3
    assert collecting.totals[BYTES, *PAIR] == 5


async def test_row_that_comes_late_is_counted_within_the_window(past):
    collecting = Collecting(id="id", late_window=timedelta(hours=1))
    await collecting.once(row(past, id="1"))

    await collecting.once(row(past - 300, id="late"), row(past - 4000, id="too late"), row(past, id="1"))

    assert collecting.all == 2


async def test_row_that_still_grows_is_left_until_it_has_settled():
    now = int(time.time())
    collecting = Collecting(count="calls", settle=timedelta(minutes=30), late_window=timedelta(hours=2))
    hour = now - 2000
    await collecting.once(row(hour, calls=5), settle=timedelta(minutes=60))

    await collecting.once(row(hour, calls=9))
    await collecting.once(row(hour, calls=9))

    assert collecting.all == 9


async def test_cells_say_how_it_ended_how_large_and_how_long(past):
    collecting = Collecting(status="code", bytes="size", latency="took", outcomes={"BUSY": "throttled"})

    await collecting.once(
        row(past, code=200, size=10, took=5),
        row(past, code="404", size="10", took="5"),
        row(past, code="busy", size=None, took=5) | {"size": 0},
        row(past, code=504, size=10, took=5),
    )

    assert {key[3]: value for key, value in collecting.totals.items() if key[0] is TRANSACTIONS} == {
        "ok": 1, "client_error": 1, "throttled": 1, "timeout": 1,
    }  # fmt: skip
    assert collecting.totals[BYTES, *PAIR] == 30
    assert collecting.totals[DURATION, *PAIR] == pytest.approx(0.02)


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": None},
        {"at": "yesterday"},
        {"at": True},
        {"at": datetime(2026, 3, 1)},  # noqa: DTZ001 - that is what is wrong
        {"at": float("nan")},
        {"at": -5},
        {"n": -1},
        {"n": 0},
        {"n": 1.5},
        {"n": None},
        {"n": "many"},
        {"n": float("inf")},
        {"code": "??"},
        {"code": None},
    ],
)
async def test_row_that_cannot_be_counted_is_refused_and_the_others_are_counted(past, wrong):
    collecting = Collecting(count="n", status="code")
    good = row(past, n=2, code=200)

    await collecting.once(good, good | wrong, row(past + 1, n=3, code=200))

    assert (collecting.all, collecting.refused("malformed")) == (5, 1)


async def test_row_of_the_future_is_refused():
    collecting = Collecting()

    await collecting.once(row(time.time() + 86_400 * 365))

    assert (collecting.all, collecting.refused("future")) == (0, 1)


async def test_source_that_goes_back_in_time_is_noticed(past):
    collecting = Collecting(id="id")
    await collecting.once(row(past - 60, id="1"), row(past, id="2"))

    seen = await collecting.once(row(past - 60, id="1"))

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.MISMATCH)
    assert collecting.all == 2


async def test_million_rows_are_too_many_and_none_is_counted(past):
    collecting = Collecting(max_rows=1000)

    seen = await collecting.once(*[row(past)] * 1001)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.TOO_LARGE)
    assert (collecting.all, collecting.memory) == (0, b"")


async def test_rows_of_any_source_can_be_configured(past):
    async def answer(_):
        return web.json_response({"items": [row(past, id="1")]})

    from datashare_monitor_http.rows import HttpRows

    collecting = Collecting(id="id")
    async with serve(answer) as url:
        probe = Usage(
            external_ids=ExternalIds("log"),
            source=HttpRows(url=url, path="items"),
            fields=collecting.fields,
            lookback=timedelta(hours=3),
        )
        await collecting.look(probe)

    assert collecting.all == 1


class Counters:
    """What a Prometheus answers to instant queries."""

    def __init__(self):
        self.values = {}
        self.resets = {}
        self.instance = "first"
        self.asked = []

    async def answer(self, request):
        assert request.path == "/api/v1/query"
        query = request.query["query"]
        self.asked.append((query, int(request.query["time"])))
        values = self.resets if query.startswith("resets(") else self.values
        result = [
            {
                "metric": {"__name__": "calls_total", "app": app, "code": code, "instance": self.instance},
                "value": [time.time(), str(value)],
            }
            for (app, code), value in values.items()
            if query.startswith(("calls_total", "resets(calls_total"))
        ]
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": result}})


async def counters_counted(collecting, counters, settle):
    async with serve(counters.answer) as url:
        probe = configured(
            Usage,
            {
                "external_ids": "log",
                "prometheus": {"url": url, "query": "calls_total", "connection": ["app"], "settle": settle},
            },
        )
        return await collecting.look(probe)


OK, BAD = ("HNI-DANCU", "200"), ("HNI-DANCU", "500")


async def test_counters_are_counted_from_the_first_run_on():
    collecting, counters = Collecting(), Counters()
    counters.values = {OK: 1000}
    await counters_counted(collecting, counters, "60s")
    counters.values = {OK: 1010, BAD: 2}

    await counters_counted(collecting, counters, "30s")

    assert collecting.totals == {(TRANSACTIONS, *PAIR, "ok"): 10, (TRANSACTIONS, *PAIR, "server_error"): 2}


async def test_counters_of_a_new_process_are_taken_down_and_counted_from_then_on():
    collecting, counters = Collecting(), Counters()
    counters.values = {OK: 1000}
    await counters_counted(collecting, counters, "120s")
    counters.instance = "second"
    counters.values = {OK: 5000}
    await counters_counted(collecting, counters, "90s")
    counters.values = {OK: 5004, BAD: 1}

    await counters_counted(collecting, counters, "60s")

    assert collecting.all == 5


async def test_counter_that_began_anew_counts_from_nothing():
    collecting, counters = Collecting(), Counters()
    counters.values = {OK: 1000}
    await counters_counted(collecting, counters, "60s")
    counters.values, counters.resets = {OK: 7}, {OK: 1}

    seen = await counters_counted(collecting, counters, "30s")

    assert seen.status is Status.UP
    assert collecting.all == 7
    assert counters.asked[-1][0].startswith("resets(calls_total[30s")


async def test_counter_of_a_replica_that_is_behind_is_noticed_and_not_doubled():
    collecting, counters = Collecting(), Counters()
    counters.values = {OK: 1000}
    await counters_counted(collecting, counters, "120s")
    counters.values = {OK: 998}
    behind = await counters_counted(collecting, counters, "90s")
    counters.values = {OK: 1003}

    await counters_counted(collecting, counters, "60s")

    assert (behind.status, behind.reason) == (Status.DEGRADED, Reason.MISMATCH)
    assert collecting.all == 3


@pytest.mark.parametrize(
    ("good", "status", "detail"),
    [(0, Status.DOWN, "none of 4 records can be counted"), (3, Status.DEGRADED, "4 of 7 records cannot be counted")],
)
async def test_counters_that_do_not_say_how_calls_ended_are_not_made_up(good, status, detail):
    collecting, counters = Collecting(), Counters()
    counters.values = {OK: 1000, ("HNI-DANCU", "??"): 10}
    await counters_counted(collecting, counters, "60s")
    counters.values = {OK: 1000 + good, ("HNI-DANCU", "??"): 14}

    seen = await counters_counted(collecting, counters, "30s")

    assert (seen.status, seen.reason, collecting.all) == (status, Reason.CONTENT, good)
    assert seen.detail.startswith(f"{detail}: 4 malformed")


async def test_answer_that_is_no_vector_is_the_targets_fault():
    async def answer(_):
        return web.json_response({"status": "success", "data": {"resultType": "scalar", "result": [0, "1"]}})

    counters = Counters()
    counters.answer = answer

    seen = await counters_counted(Collecting(), counters, "30s")

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)


def test_fullest_state_fits_into_a_memory():
    window = Window(0)
    for number_ in range(3 * MOST_IDS):
        window.take(2_000_000_000 + number_, digest(str(number_)))
    window.trim()
    state = State(source="rows", since=0, until=2_000_000_000, rest=bytes(8) + window.packed())
    state.learn({f"ha-noi/{number_}": 2_000_000_000.0 for number_ in range(2 * MOST_CALLS)})

    assert len(state.written()) <= MOST_MEMORY_BYTES


def test_state_comes_back_as_it_was_written():
    state = State(source="xroad", since=5, until=7, rest=b"\n\0rest")
    state.learn({"ha-noi/population": 6.5})

    again = State.read(state.written(), "xroad", 99)

    assert again == state
    assert again.last_call("ha-noi/population") == 6
    assert State.read(state.written(), "rows", 99).rest == b""
    assert State.read(state.written(), "rows", 99).until == 7


@pytest.mark.parametrize("memory", [b"x", b"{}", b'{"version": 2}', b'{"version":1,"calls":5}\n', b"\xff\n", b"5\n"])
def test_state_that_cannot_be_read_is_not_begun_anew(memory):
    with pytest.raises(ProbeError) as refused:
        State.read(memory, "xroad", 0)

    assert refused.value.reason is Reason.PLUGIN


def test_window_comes_back_as_it_was_packed():
    window = Window(10)
    window.take(11, digest("a"))
    window.take(12, digest("b"))

    again = Window.unpacked(window.packed())

    assert again.floor == 10
    assert not again.take(11, digest("a"))
    assert again.take(12, digest("a"))


def test_window_that_is_too_full_forgets_the_oldest_and_looks_at_them_no_more():
    window = Window(0)
    for second in range(10):
        window.take(second, digest(str(second)))

    window.trim(4)

    assert window.floor == 6
    assert not window.take(6, digest("6"))


def test_two_words_tell_whose_each_is():
    shared = Exchange(connection="hue/x", consumer="hue", service="bo-cong-an/population-db")
    directory = Directory({"HNI DANCU": DANCU, "HUE DANCU": shared, "HUE LAND": replace(shared, consumer="hue-2")})

    assert directory.parties("HNI", ("DANCU",)) == Parties("ha-noi", "bo-cong-an/population-db", "ha-noi/population")
    assert directory.parties("HNI", ("LAND",)) == Parties("ha-noi", "bo-cong-an/population-db")
    assert directory.parties("HUE", ("X",)) == Parties("other", "other")  # it is the name of two consumers


def test_day_is_the_local_one_also_where_the_clock_changes():
    days = Days(ZoneInfo("Asia/Ho_Chi_Minh"))
    kathmandu = Days(ZoneInfo("Asia/Kathmandu"))
    midnight = datetime(2026, 3, 1, 17, 0, tzinfo=UTC).timestamp()

    assert str(days.of(midnight - 0.001)) == "2026-03-01"
    assert str(days.of(midnight)) == "2026-03-02"
    assert str(kathmandu.of(datetime(2026, 3, 1, 18, 14, 59, tzinfo=UTC).timestamp())) == "2026-03-01"
    assert str(kathmandu.of(datetime(2026, 3, 1, 18, 15, tzinfo=UTC).timestamp())) == "2026-03-02"


@pytest.mark.parametrize(
    "cell",
    [
        1_772_323_200,
        1_772_323_200_000,
        "1772323200",
        "2026-03-01T00:00:00+00:00",
        "2026-03-01T07:00:00+07:00",
        datetime(2026, 3, 1, 7, tzinfo=timezone(timedelta(hours=7))),
    ],
)
def test_moment_is_read_from_any_cell_that_tells_it(cell):
    assert moment(cell) == 1_772_323_200


@pytest.mark.parametrize("cell", ["", "1e999", "x" * 100, -1, None, True])
def test_number_that_is_none_is_refused(cell):
    with pytest.raises(MalformedError):
        number(cell)


@pytest.mark.parametrize("wrong", [{"n": -1}, {"at": "yesterday"}, {"at": None}, {"at": 4e9}, {"code": "??"}])
async def test_source_of_which_nothing_can_be_counted_is_down(past, wrong):
    collecting = Collecting(count="n", status="code")

    seen = await collecting.once(*[row(past, n=2, code=200) | wrong] * 3)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    why = "future" if wrong.get("at") == 4e9 else "malformed"
    assert seen.detail.startswith(f"none of 3 records can be counted: 3 {why}")
    assert (collecting.all, collecting.refused("malformed") + collecting.refused("future")) == (0, 3)


async def test_source_of_which_a_part_cannot_be_counted_is_degraded(past):
    collecting = Collecting(count="n", status="code")

    seen = await collecting.once(row(past, n=2, code=200), row(past, n=-2, code=200), row(4e9, n=2, code=200))

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.CONTENT)
    assert seen.detail.startswith("2 of 3 records cannot be counted: 1 future, 1 malformed")
    assert collecting.all == 2


async def test_rows_counted_before_are_no_reason_to_be_down_for_one_that_is_malformed(past):
    collecting = Collecting(id="id")
    await collecting.once(row(past, id="1"))

    seen = await collecting.once(row(past, id="1"), row("yesterday", id="2"))

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.CONTENT)
    assert seen.detail.startswith("1 of 2 records cannot be counted")


async def test_source_without_rows_is_up_and_has_counted_nothing():
    seen = await Collecting().once()

    assert (seen.status, seen.detail.partition(",")[0]) == (Status.UP, "counted 0 transactions")


async def test_source_that_went_back_and_is_malformed_says_both(past):
    collecting = Collecting(id="id")
    await collecting.once(row(past - 60, id="1"), row(past, id="2"))

    seen = await collecting.once(row(past - 60, id="1"), row("yesterday", id="3"))

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.MISMATCH)
    assert "the source went back" in seen.detail
    assert "1 of 2 records cannot be counted: 1 malformed" in seen.detail


def aged(collecting, seconds):
    """Let what was told in the newest run have been told so much longer ago."""
    state = State.read(collecting.memory, "rows", 0)
    state.told = {key: at - seconds for key, at in state.told.items()}
    collecting.memory = state.written()


async def test_row_that_can_never_be_counted_is_told_for_a_while_counted_once_and_then_passed_over(past):
    collecting, wrong = Collecting(id="id"), row("yesterday", id="2")
    seen = [await collecting.once(row(past, id="1"), wrong) for _ in range(2)]
    aged(collecting, 3600)
    seen.append(await collecting.once(row(past, id="1"), wrong))
    seen.append(await collecting.once(row(past, id="1"), wrong, row("tomorrow", id="3")))

    assert [one.status for one in seen] == [Status.DEGRADED, Status.DEGRADED, Status.UP, Status.DEGRADED]
    assert seen[2].detail.endswith("; passed over, as told before: 1 malformed")
    assert seen[3].detail.startswith("1 of 2 records cannot be counted: 1 malformed")
    assert collecting.refused("malformed") == 2


async def test_two_rows_alike_that_can_never_be_counted_are_two():
    collecting, wrong = Collecting(), row("yesterday")

    await collecting.once(wrong, wrong)
    await collecting.once(wrong, wrong, wrong)

    assert collecting.refused("malformed") == 3


async def test_source_of_which_nothing_can_be_counted_is_down_however_long():
    collecting = Collecting()
    await collecting.once(row("yesterday"))
    aged(collecting, 86_400)

    seen = await collecting.once(row("yesterday"))

    assert (seen.status, seen.detail.partition(";")[0]) == (
        Status.DOWN, "none of 1 records can be counted: 1 malformed",
    )  # fmt: skip


async def test_row_that_is_gone_is_forgotten(past):
    collecting = Collecting(id="id")
    await collecting.once(row(past, id="1"), row("yesterday", id="2"))
    await collecting.once(row(past, id="1"))

    assert State.read(collecting.memory, "rows", 0).told == {}


def test_memory_of_the_version_before_goes_on():
    before = State(source="rows", since=5, until=9, last_calls={b"12345678": 7}, rest=b"rest")
    written = before.written().replace(b'"version":2', b'"version":1').replace(b',"told":0', b"")

    assert State.read(written, "rows", 0) == before
