"""What waits is judged by number, age and wait; what is only known in part is never reported as a number."""

from datetime import timedelta

import pytest

from monitor.plugin import Limits, Reason, Status, Vantage, Waiting
from monitor.testing import look

HOUR = timedelta(hours=1)


async def verdict(limits: Limits, *, newest=None, oldest=None, **found):
    class Fixed:
        async def observe(self, vantage: Vantage):
            now = vantage.now()
            waiting = Waiting(
                noun="messages",
                newest=None if newest is None else now - newest,
                oldest=None if oldest is None else now - oldest,
                **found,
            )
            return limits.judge(waiting, vantage)

        def measures(self):
            from monitor.plugin.measures import WAITING

            return WAITING

    return await look(Fixed())


async def test_without_limits_everything_is_up_and_measured():
    seen = await verdict(Limits(), newest=HOUR, oldest=3 * HOUR, count=7, size=70)

    assert (seen.status, seen.detail) == (Status.UP, "7 messages, the newest 1h old")
    assert [reading.measure.name for reading in seen.readings] == [
        "exchange_last_record_timestamp_seconds",
        "exchange_oldest_waiting_timestamp_seconds",
        "exchange_backlog_records",
        "exchange_backlog_bytes",
    ]


@pytest.mark.parametrize(
    ("limits", "found", "status", "reason"),
    [
        (Limits(max_age=HOUR), {"newest": HOUR, "count": 1}, Status.UP, None),
        (Limits(max_age=HOUR), {"newest": 2 * HOUR, "count": 1}, Status.DOWN, Reason.STALE),
        (Limits(max_age=HOUR), {"count": 0}, Status.DOWN, Reason.STALE),
        (Limits(degraded_age=HOUR), {"count": 0}, Status.DEGRADED, Reason.STALE),
        (Limits(max_age=HOUR), {"count": 3}, Status.DOWN, Reason.CONTENT),
        (Limits(max_wait=HOUR), {"count": 0}, Status.UP, None),
        (Limits(max_wait=HOUR), {"count": 3}, Status.DOWN, Reason.CONTENT),
        (Limits(max_wait=HOUR), {"oldest": 2 * HOUR}, Status.DOWN, Reason.BACKLOG),
        (Limits(degraded_wait=HOUR), {"oldest": 2 * HOUR}, Status.DEGRADED, Reason.BACKLOG),
        (Limits(max_backlog=0), {"count": 0}, Status.UP, None),
        (Limits(max_backlog=0), {"count": 1}, Status.DOWN, Reason.BACKLOG),
        (Limits(degraded_backlog=1, max_backlog=2), {"count": 2}, Status.DEGRADED, Reason.BACKLOG),
        (Limits(degraded_backlog=1, max_age=HOUR), {"count": 2, "newest": 2 * HOUR}, Status.DOWN, Reason.STALE),
        (Limits(), {"count": 1, "newest": timedelta(minutes=-4)}, Status.UP, None),
        (Limits(), {"count": 1, "newest": timedelta(minutes=-6)}, Status.DOWN, Reason.CONTENT),
        (Limits(), {"count": 1, "oldest": timedelta(days=-600)}, Status.DOWN, Reason.CONTENT),
    ],
)
async def test_limits_decide(limits, found, status, reason):
    seen = await verdict(limits, **found)

    assert (seen.status, seen.reason) == (status, reason), seen.detail


async def test_what_is_known_in_part_is_no_number():
    seen = await verdict(Limits(), count=1000, newest=HOUR, has_more=True)
    known = await verdict(Limits(max_backlog=10), count=1000, has_more=True)

    assert (seen.status, seen.reason, seen.readings) == (Status.DOWN, Reason.TOO_LARGE, ())
    assert (known.reason, known.detail) == (Reason.BACKLOG, "more than 1000 messages wait, limit 10")


@pytest.mark.parametrize(
    "limits",
    [
        {"max_age": HOUR, "degraded_age": 2 * HOUR},
        {"max_wait": HOUR, "degraded_wait": 2 * HOUR},
        {"max_backlog": 1, "degraded_backlog": 2},
        {"max_backlog": -1},
    ],
)
def test_limits_that_make_no_sense_are_refused(limits):
    with pytest.raises(ValueError, match="write"):
        Limits(**limits)
