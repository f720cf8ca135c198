"""Silence and failures are down, a late heartbeat in its grace is up, and nobody is down because we started anew."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import datashare_monitor_heartbeat
import pytest
from datashare_monitor_heartbeat.probe import HeartbeatProbe
from datashare_monitor_heartbeat.rhythm import cron
from pydantic_core import ValidationError

from monitor.plugin import (
    Heartbeat,
    HeartbeatState,
    MeasureKind,
    Observation,
    Reason,
    Secret,
    Status,
)
from monitor.testing import assert_conforms, configured, look

START, SUCCESS, FAIL = HeartbeatState
BEGAN = datetime(2026, 5, 4, 1, 0, tzinfo=UTC)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
TOKEN = {"token": {"file": "/run/secrets/token"}}


@dataclass
class Pretend:
    """A vantage whose clock stands, and its inbox; ``former`` is what had come before the monitor began anew."""

    since: datetime = BEGAN
    clock: datetime = BEGAN
    heartbeats: list[Heartbeat] = field(default_factory=list)
    former: list[Heartbeat] = field(default_factory=list)

    @property
    def inbox(self):
        return self

    def newest(self, *states):
        found = [one for one in (*self.former, *self.heartbeats) if not states or one.state in states]
        return found[-1] if found else None

    def now(self):
        return self.clock

    def reveal(self, secret):
        return "t"

    def begin_anew(self, after: str) -> "Pretend":
        """Start the monitor once more."""
        kept = [replace(one, received=min(one.received, at(after))) for one in self.heartbeats]
        return Pretend(since=at(after), former=kept)

    def take(self, after: str, state: HeartbeatState = SUCCESS, **facts) -> "Pretend":
        self.heartbeats.append(Heartbeat(received=at(after), state=state, **facts))
        return self


def at(text: str) -> datetime:
    """Return the moment so many hours, minutes and seconds after the beginning."""
    hours, minutes, seconds = map(int, text.split(":"))
    return BEGAN + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def hourly(**settings) -> HeartbeatProbe:
    return configured(HeartbeatProbe, {**TOKEN, "interval": "1h", "grace": "15m", **settings})


async def seen_at(moment: str, vantage: Pretend, probe: HeartbeatProbe | None = None) -> Observation:
    vantage.clock = at(moment)
    return await (probe or hourly()).observe(vantage)


def readings(seen: Observation) -> dict[str, float]:
    return {reading.measure.name.removeprefix("probe_heartbeat_"): reading.value for reading in seen.readings}


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_heartbeat)


@pytest.mark.parametrize(
    ("moment", "status", "reason"),
    [
        ("0:00:00", Status.UNKNOWN, Reason.PENDING),
        ("1:15:00", Status.UNKNOWN, Reason.PENDING),
        ("1:15:01", Status.DOWN, Reason.SILENT),
        ("99:00:00", Status.DOWN, Reason.SILENT),
    ],
)
async def test_nobody_is_down_before_a_heartbeat_was_due(moment, status, reason):
    seen = await seen_at(moment, Pretend())

    assert (seen.status, seen.reason) == (status, reason)
    assert "no heartbeat has come since 2026-05-04 08:00:00+07:00" in seen.detail
    assert "expected at 2026-05-04 09:00:00+07:00" in seen.detail


@pytest.mark.parametrize(
    ("moment", "status"),
    [("0:10:00", Status.UP), ("1:10:00", Status.UP), ("1:25:00", Status.UP), ("1:25:01", Status.DOWN)],
)
async def test_heartbeat_keeps_a_target_up_for_interval_and_grace(moment, status):
    seen = await seen_at(moment, Pretend().take("0:10:00", message="copied"))

    assert seen.status is status
    assert readings(seen)["last_success_timestamp_seconds"] == at("0:10:00").timestamp()
    assert readings(seen)["due_timestamp_seconds"] == at("1:10:00").timestamp()


async def test_silence_says_since_when():
    seen = await seen_at("2:00:00", Pretend().take("0:10:00"))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.SILENT)
    assert seen.detail == "a heartbeat was expected at 2026-05-04 09:10:00+07:00, 50m ago"


async def test_reported_failure_is_down_with_its_words_until_the_next_success():
    vantage = Pretend().take("0:01:00").take("0:10:00", FAIL, message="disk full")
    failed = await seen_at("0:10:01", vantage)
    later = await seen_at("9:00:00", vantage)
    restarted = await seen_at("9:00:01", vantage.take("9:00:01", START))
    mended = await seen_at("9:10:00", vantage.take("9:10:00", SUCCESS))

    assert (failed.status, failed.reason) == (Status.DOWN, Reason.SELF_REPORTED)
    assert failed.detail == "reported a failure at 2026-05-04 08:10:00+07:00: disk full"
    assert (later.reason, restarted.reason) == (Reason.SELF_REPORTED, Reason.SELF_REPORTED)
    assert mended.status is Status.UP


async def test_first_start_is_no_verdict_yet():
    seen = await seen_at("0:05:00", Pretend().take("0:01:00", START))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.PENDING)


@pytest.mark.parametrize(
    ("moment", "status", "reason"),
    [("2:59:59", Status.UP, None), ("3:00:01", Status.DOWN, Reason.SILENT)],
)
async def test_run_may_take_its_time_but_not_more(moment, status, reason):
    vantage = Pretend().take("0:30:00").take("1:00:00", START)

    seen = await seen_at(moment, vantage, hourly(max_runtime="2h"))

    assert (seen.status, seen.reason) == (status, reason)


async def test_run_that_never_ends_says_so():
    seen = await seen_at("5:00:00", Pretend().take("1:00:00", START), hourly(max_runtime="2h"))

    assert seen.detail == "the run of 2026-05-04 09:00:00+07:00 has not ended within 2h"


async def test_run_without_a_limit_ends_before_the_next_heartbeat_is_due():
    vantage = Pretend().take("0:30:00").take("1:00:00", START)

    assert (await seen_at("2:15:00", vantage)).status is Status.UP
    assert (await seen_at("2:15:01", vantage)).reason is Reason.SILENT


async def test_run_is_timed():
    seen = await seen_at("1:20:00", Pretend().take("1:00:00", START).take("1:07:30"))

    assert readings(seen)["run_duration_seconds"] == 450


async def test_end_of_another_run_is_not_the_end_of_this_one():
    vantage = Pretend().take("0:00:01", START, run_id="a").take("1:00:00", START, run_id="b")
    vantage.take("1:00:10", run_id="a")

    seen = await seen_at("3:10:00", vantage, hourly(max_runtime="2h"))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.SILENT)
    assert "run_duration_seconds" not in readings(seen)


async def test_end_without_an_id_ends_the_run():
    vantage = Pretend().take("1:00:00", START, run_id="b").take("1:00:10")

    seen = await seen_at("1:10:00", vantage, hourly(max_runtime="5m"))

    assert seen.status is Status.UP


async def test_declared_readings_of_the_newest_success_are_measured():
    probe = hourly(readings={"copied_bytes": "gauge", "runs_total": "total", "missing": "gauge"})
    vantage = Pretend().take("0:10:00", readings={"copied_bytes": 512.0, "runs_total": 7.0}).take("0:20:00", FAIL)

    seen = await seen_at("0:30:00", vantage, probe)

    assert readings(seen)["copied_bytes"] == 512
    assert readings(seen)["runs_total"] == 7
    assert "missing" not in readings(seen)
    assert [one.kind for one in probe.measures()] == [MeasureKind.GAUGE, MeasureKind.TOTAL, MeasureKind.GAUGE]


def test_reading_that_is_not_declared_is_refused():
    probe = hourly(readings={"rows": "gauge"})

    fault = probe.heartbeat_fault(Heartbeat(received=BEGAN, readings={"rowz": 1.0}))

    assert fault == "the check declares no reading 'rowz'; leave it out or declare it. Declared: rows"
    assert probe.heartbeat_fault(Heartbeat(received=BEGAN, readings={"rows": 1.0})) == ""


def test_heartbeat_without_its_time_is_refused_when_asked_for():
    probe = hourly(require_sent_at=True)

    assert "sent_at" in probe.heartbeat_fault(Heartbeat(received=BEGAN))
    assert probe.heartbeat_fault(Heartbeat(received=BEGAN, sent=BEGAN)) == ""


async def test_report_outlives_the_monitor():
    probe = hourly(readings={"copied_bytes": "gauge"})
    vantage = Pretend().take("0:03:00", START).take("0:10:00", message="copied", readings={"copied_bytes": 5.0})
    before = await seen_at("0:10:01", vantage, probe)

    after = await seen_at("0:30:00", vantage.begin_anew("0:30:00"), probe)

    assert (after.status, after.detail) == (Status.UP, before.detail)
    assert readings(after)["copied_bytes"] == 5
    assert readings(after)["run_duration_seconds"] == 420


@pytest.mark.parametrize("state", [SUCCESS, FAIL])
@pytest.mark.parametrize(
    ("moment", "reason"),
    [
        ("1:25:00", "as reported"),
        ("1:25:01", Reason.PENDING),
        ("2:05:00", Reason.PENDING),
        ("2:05:01", Reason.SILENT),
    ],
)
async def test_what_may_have_come_while_the_monitor_was_away_is_not_called_silence(state, moment, reason):
    vantage = Pretend().take("0:10:00", state)
    before = await seen_at("0:10:01", vantage)

    after = await seen_at(moment, vantage.begin_anew("0:50:00"))

    assert after.reason is (before.reason if reason == "as reported" else reason)
    assert readings(after)["due_timestamp_seconds"] == at("1:50:00").timestamp()


async def test_report_that_is_too_old_when_the_monitor_begins_anew_says_nothing():
    vantage = Pretend().take("0:10:00")
    await seen_at("0:10:01", vantage)
    vantage = vantage.begin_anew("4:00:00")

    seen = await seen_at("4:00:00", vantage)

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.PENDING)
    assert seen.detail == (
        "no heartbeat has come since 2026-05-04 12:00:00+07:00, and before that none since"
        " 2026-05-04 08:10:00+07:00; one is expected at 2026-05-04 13:00:00+07:00"
    )
    assert (await seen_at("4:01:00", vantage.take("4:01:00"))).status is Status.UP


@pytest.mark.parametrize(("moment", "reason"), [("3:45:00", Reason.PENDING), ("3:45:01", Reason.SILENT)])
async def test_end_of_a_run_may_have_come_while_the_monitor_was_away(moment, reason):
    probe = hourly(max_runtime="2h")
    vantage = Pretend().take("0:01:00").take("0:10:00", START)
    await seen_at("0:10:01", vantage, probe)

    seen = await seen_at(moment, vantage.begin_anew("2:30:00"), probe)

    assert seen.reason is reason


async def test_start_after_a_restart_follows_on_the_report_before_it():
    vantage = Pretend().take("0:10:00")
    await seen_at("0:10:01", vantage)

    seen = await seen_at("0:31:00", vantage.begin_anew("0:30:00").take("0:31:00", START))

    assert seen.status is Status.UP


async def test_clock_that_was_set_back_makes_no_report_of_the_future():
    vantage = Pretend().take("9:00:00")
    await seen_at("9:00:01", vantage)

    seen = await seen_at("2:15:01", vantage.begin_anew("1:00:00"))

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.SILENT)


async def test_look_of_the_real_engine_finds_an_empty_inbox(tmp_path):
    token = tmp_path / "token"
    token.write_text("t\n")

    seen = await look(hourly(token={"file": str(token)}))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.PENDING)


async def test_token_that_cannot_be_read_makes_the_check_unknown(tmp_path):
    seen = await look(hourly(token={"file": str(tmp_path / "missing")}))

    assert (seen.status, seen.reason) == (Status.UNKNOWN, Reason.SECRET)


def test_token_is_that_of_the_configuration():
    assert hourly().heartbeat_token() == Secret(file="/run/secrets/token")


async def test_nightly_heartbeat_is_expected_at_its_hour():
    nightly = configured(HeartbeatProbe, {**TOKEN, "cron": "0 2 * * *", "grace": "15m"})
    vantage = Pretend().take("18:05:00")  # 02:05 in Hà Nội
    due = datetime(2026, 5, 6, 2, 0, tzinfo=HANOI)

    vantage.clock = due + timedelta(minutes=15)
    in_time = await nightly.observe(vantage)
    vantage.clock += timedelta(seconds=1)
    late = await nightly.observe(vantage)

    assert in_time.status is Status.UP
    assert (late.status, late.reason) == (Status.DOWN, Reason.SILENT)
    assert "expected at 2026-05-06 02:00:00+07:00" in late.detail


@pytest.mark.parametrize(
    ("expression", "zone", "after", "expected"),
    [
        ("0 2 * * *", "Asia/Ho_Chi_Minh", "2026-03-29T01:59:59+07:00", "2026-03-29T02:00:00+07:00"),
        ("0 2 * * *", "Asia/Ho_Chi_Minh", "2026-03-29T02:00:00+07:00", "2026-03-30T02:00:00+07:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00+02:00", "2026-10-25T02:30:00+02:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T02:15:00+01:00", "2026-10-26T02:30:00+01:00"),
        ("0 * * * *", "Europe/Berlin", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"),
        ("*/15 * * * *", "Europe/Berlin", "2026-03-29T01:45:00+01:00", "2026-03-29T03:00:00+02:00"),
        ("0 8 29 2 *", "UTC", "2026-05-04T00:00:00+00:00", "2028-02-29T08:00:00+00:00"),
        ("0 8 * * mon-fri", "UTC", "2026-05-08T09:00:00+00:00", "2026-05-11T08:00:00+00:00"),
    ],
)
def test_cron_follows_the_calendar_and_the_clocks(expression, zone, after, expected):
    rhythm = cron(expression, ZoneInfo(zone))

    assert rhythm.next(datetime.fromisoformat(after)) == datetime.fromisoformat(expected)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "Asia/Ho_Chi_Minh"])
@pytest.mark.parametrize("expression", ["*/30 * * * *", "15 1,2,3 * * *", "0 0 * * *", "30 23 * * *"])
def test_next_time_is_always_later_whatever_the_clocks_do(expression, zone):
    rhythm = cron(expression, ZoneInfo(zone))
    moment, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)

    while moment < end:
        later = rhythm.next(moment)
        assert moment < later <= moment + timedelta(hours=26)
        moment = later if expression.startswith(("15", "0", "30 23")) else moment + timedelta(hours=7, minutes=11)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"interval": "1h"}, "token"),
        ({**TOKEN}, "write one of interval"),
        ({**TOKEN, "interval": "1h", "cron": "0 2 * * *"}, "write one of interval"),
        ({"token": "hunter2", "interval": "1h"}, "dataclass_type"),
        ({**TOKEN, "interval": "-1h"}, "must be positive"),
        ({**TOKEN, "interval": 60}, "is not a duration"),
        ({**TOKEN, "interval": "1h", "grace": "0s"}, "must be positive"),
        ({**TOKEN, "interval": "1h", "max_runtime": "x"}, "is not a duration"),
        ({**TOKEN, "interval": "1h", "time_zone": "UTC"}, "time_zone is for cron"),
        ({**TOKEN, "cron": "0 2 * * *", "time_zone": "Hanoi"}, '"Hanoi" is not a time zone; write one such as'),
        ({**TOKEN, "cron": "0 2 * * *", "time_zone": "../etc/passwd"}, "is not a time zone"),
        ({**TOKEN, "cron": "0 2 * * *", "time_zone": "+07:00"}, "is not a time zone"),
        ({**TOKEN, "cron": ""}, "write five fields"),
        ({**TOKEN, "cron": "@daily"}, "write five fields"),
        ({**TOKEN, "cron": "0 0 2 * * *"}, "write five fields"),
        ({**TOKEN, "cron": "61 2 * * *"}, "Bad minute"),
        ({**TOKEN, "cron": "0 25 * * *"}, "Bad hour"),
        ({**TOKEN, "cron": "0 2 31 2 *"}, "is not a cron expression"),
        ({**TOKEN, "cron": "0 2 */20 2 1L"}, "is never due"),
        ({**TOKEN, "cron": "0 2 * * 1L/2"}, "Bad day-of-week"),
        ({**TOKEN, "interval": "1h", "readings": {"A b": "gauge"}}, "is not the name of a reading"),
        ({**TOKEN, "interval": "1h", "readings": {"rows": "total"}}, "must end in _total"),
        ({**TOKEN, "interval": "1h", "readings": {"rows_total": "gauge"}}, "must not end in _total"),
        ({**TOKEN, "interval": "1h", "readings": {"rows": "counter"}}, "'gauge' or 'total'"),
        ({**TOKEN, "interval": "1h", "readings": {"run_duration_seconds": "gauge"}}, "measured here already"),
        ({**TOKEN, "interval": "1h", "readings": {f"r{n}": "gauge" for n in range(51)}}, "at most 50"),
        ({**TOKEN, "interval": "1h", "period": "1h"}, "period"),
    ],
)
def test_configuration_that_cannot_work_is_refused(settings, said):
    with pytest.raises(ValidationError) as caught:
        configured(HeartbeatProbe, settings)

    assert said in str(caught.value)
