"""Two ends are compared window by window, what is not known is not measured, and no key of theirs is shown."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import datashare_monitor_reconcile
import pytest
from datashare_monitor_reconcile import Reconcile
from datashare_monitor_reconcile.holdings import Columns

from monitor.plugin import Observation, ProbeError, Reason, Row, Status, Vantage
from monitor.testing import assert_conforms, look

NOW = datetime.now(UTC)
DAYS = Columns(window="day", checksum="sum")


@dataclass(frozen=True, kw_only=True)
class Given:
    """Rows as given, or an error."""

    given: tuple[Any, ...]

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        for row in self.given:
            if isinstance(row, Exception):
                raise row
            yield row


def one(count: Any, minutes: int = 0, **more) -> dict:
    return {"count": count, "newest": NOW - timedelta(minutes=minutes), **more}


async def seen_of(provider, consumer, **settings) -> Observation:
    ends = ([each] if isinstance(each, dict | Exception) else each for each in (provider, consumer))
    left, right = (Given(given=tuple(each)) for each in ends)
    return await look(Reconcile(provider=left, consumer=right, **settings))


def readings(seen: Observation) -> dict[str, float]:
    return {".".join((reading.measure.name, *reading.labels)): reading.value for reading in seen.readings}


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_reconcile)


async def test_equal_ends_are_up():
    seen = await seen_of(one(100), one(100), max_lag=timedelta(minutes=1), min_completeness=1, max_orphans=0)

    assert (seen.status, seen.detail) == (Status.UP, "100 of 100 records")
    assert readings(seen) == {
        "exchange_expected_records": 100, "exchange_received_records": 100, "exchange_lag_seconds": 0,
        "exchange_completeness_ratio": 1, "exchange_match_ratio": 1, "exchange_orphan_records.provider": 0,
        "exchange_orphan_records.consumer": 0,
    }  # fmt: skip


async def test_windows_do_not_make_up_for_each_other():
    provider = [one(10, day="1", sum="a"), one(10, day="2", sum="b"), one(10, day="3", sum="c")]
    consumer = [one(5, day="1", sum="x"), one(15, day="2", sum="y"), one(10, day="3", sum="c")]

    seen = await seen_of(provider, consumer, columns=DAYS, min_match=0.5, degraded_completeness=0.9)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.MISMATCH)
    assert seen.detail == "share of windows alike is 0.3333, limit 0.5"
    assert readings(seen)["exchange_completeness_ratio"] == pytest.approx(25 / 30)
    assert readings(seen)["exchange_orphan_records.provider"] == 5
    assert readings(seen)["exchange_orphan_records.consumer"] == 5


async def test_same_count_of_other_records_does_not_match():
    seen = await seen_of(one(5, day=1, sum="a"), one(5, day=1, sum="b"), columns=DAYS, min_match=1)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.MISMATCH)


async def test_consumer_behind_is_degraded_then_stale():
    limits = {"degraded_lag": timedelta(minutes=5), "max_lag": timedelta(hours=1)}

    late = await seen_of(one(5), one(5, minutes=30), **limits)
    later = await seen_of(one(5), one(5, minutes=90), **limits)

    assert (late.status, late.reason, later.status) == (Status.DEGRADED, Reason.STALE, Status.DOWN)
    assert late.detail == "the consumer lags 30m behind, limit 5m"


async def test_missing_records_are_counted_at_each_end():
    seen = await seen_of(one(100), one(90), max_orphans=5, degraded_completeness=0.95)

    assert seen.detail == "10 records are at the provider alone, limit 5"
    assert readings(seen)["exchange_completeness_ratio"] == 0.9


async def test_what_is_not_known_is_not_measured():
    seen = await seen_of({"count": 0, "newest": None}, {"count": 0, "newest": None}, min_completeness=1)

    assert seen.status is Status.UP
    assert not {"exchange_completeness_ratio", "exchange_lag_seconds"} & readings(seen).keys()


@pytest.mark.parametrize("other", [[], [one(0, day=2, sum=None)], [one(0, day=2, sum=0)]])
async def test_windows_without_a_record_are_alike(other):
    seen = await seen_of(
        [one(5, day=1, sum="a"), one(0, day=2, sum="")], [one(5, day=1, sum="a"), *other], columns=DAYS
    )

    assert readings(seen)["exchange_match_ratio"] == 1


@pytest.mark.parametrize("both", [[one(5, day=1, sum=None)], [one(5, day=2, sum="a"), one(5, day=1, sum=None)]])
async def test_windows_whose_checksum_is_not_known_are_not_taken_for_alike(both):
    seen = await seen_of(both, both, columns=DAYS, min_match=1)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert seen.detail.endswith(": the checksum of a window is NULL")


async def test_consumer_without_any_window_has_none_of_the_records():
    seen = await seen_of([one(5, day=1, sum="a")], [], columns=DAYS, min_completeness=0.9)

    assert (seen.status, seen.detail) == (Status.DOWN, "completeness is 0, limit 0.9")
    assert readings(seen)["exchange_completeness_ratio"] == 0


async def test_share_just_below_the_limit_is_not_shown_as_the_limit():
    seen = await seen_of(one(100_000_000), one(99_999_999), min_completeness=1)

    assert seen.detail == "completeness is 0.99999999, limit 1"


async def test_windows_that_are_called_otherwise_at_each_end_are_told():
    day = datetime(2026, 11, 28, tzinfo=UTC)
    provider, consumer = one(5, day=day, sum="a"), one(5, day=day - timedelta(hours=7), sum="a")

    seen = await seen_of(provider, consumer, columns=DAYS, min_completeness=0.9)

    assert seen.detail == "completeness is 0, limit 0.9: no window is at both ends"


async def test_lag_that_is_wanted_and_not_known_is_down():
    seen = await seen_of(one(5), {"count": 0, "newest": None}, max_lag=timedelta(hours=1))

    assert (seen.status, seen.detail) == (Status.DOWN, "the lag is not known: an end has no newest record")


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        ([], "consumer: no row"),
        (one(None), "consumer: the count of a window is NULL"),
        (one(-1), "consumer: a count is -1, which counts nothing"),
        (one(1.5), "consumer: a count is 1.5, which counts nothing"),
        (one("Chim"), "consumer: a count is no number"),
        ({"newest": NOW}, "consumer: no column count"),
        ({"count": 1, "newest": "Chim"}, "consumer: a cell of newest is no time"),
        (one(1, minutes=-60), "consumer: a cell of newest lies in the future"),
        ([one(1), one(1)], "consumer: more than one row"),
    ],
)
async def test_end_that_cannot_be_read_is_named(row, detail):
    seen = await seen_of(one(1), row)

    assert (seen.status, seen.reason, seen.detail) == (Status.DOWN, Reason.CONTENT, detail)
    assert seen.readings == ()


@pytest.mark.parametrize(
    ("error", "reason"),
    [(ConnectionRefusedError(), Reason.REFUSED), (ProbeError(Reason.UNAUTHORIZED, "x"), Reason.UNAUTHORIZED),
     (TimeoutError(), Reason.TIMEOUT)],
)  # fmt: skip
async def test_end_that_does_not_answer_has_its_reason(error, reason):
    seen = await seen_of(error, one(1))

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert reason is Reason.TIMEOUT or seen.detail.startswith("provider: ")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_completeness": 95.0}, "write a share above 0, and 1 at most"),
        ({"max_orphans": -1}, "write 0 or more"),
        ({"columns": Columns(newest=None), "max_lag": timedelta(1)}, "name their column"),
    ],
)
def test_wrong_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        Reconcile(provider=Given(given=()), consumer=Given(given=()), **settings)
