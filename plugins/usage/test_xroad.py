"""Operational data of a security server is counted once, whatever pages it comes in and whenever a run ends."""

import gzip
import time
from datetime import timedelta

import datashare_monitor_usage
import pytest
from aiohttp import web
from datashare_monitor_usage.measures import BYTES, COUNTED_UNTIL, DURATION, LAST_CALL, REFUSED, TRANSACTIONS
from datashare_monitor_usage.probe import Usage

from monitor.plugin import Exchange, Reason, Status
from monitor.testing import assert_conforms, configured, run, serve

DANCU = Exchange(connection="ha-noi/population", consumer="ha-noi", service="bo-cong-an/population-db")
KNOWN = {"xroad": {"VN/GOV/HNI/PORTAL VN/GOV/BCA/DANCU": DANCU}}
PAIR = ("ha-noi", "bo-cong-an/population-db")


def settings(url, **more):
    return {
        "external_ids": "xroad",
        "lookback": "1h",
        "xroad": {
            "url": url,
            "client": "VN/GOV/NDC/MONITOR",
            "security_server": "VN/GOV/NDC/SS1",
            **more,
        },
    }


class Collecting:
    """A collector, run again and again as the daemon does: what a run that failed has counted is dropped."""

    def __init__(self, server, **more):
        self.server = server
        self.more = more
        self.memory = b""
        self.totals = {}

    async def once(self, within=20.0, exchanges=KNOWN, **more):
        async with serve(self.server.answer) as url:
            probe = configured(Usage, settings(url, **{**self.more, **more}))
            outcome = await run(probe, within=timedelta(seconds=within), memory=self.memory, exchanges=exchanges)
        if outcome.memory is not None:
            self.memory = outcome.memory
            for reading in outcome.observation.readings:
                if reading.measure.kind == "increment":
                    key = (reading.measure, *reading.labels)
                    self.totals[key] = self.totals.get(key, 0) + reading.value
        return outcome.observation

    def counted(self, *labels):
        return sum(value for key, value in self.totals.items() if key[0] is TRANSACTIONS and key[1:] == labels)

    @property
    def all(self):
        return sum(value for key, value in self.totals.items() if key[0] is TRANSACTIONS)

    def refused(self, reason):
        return self.totals.get((REFUSED, reason), 0)


@pytest.fixture
def collecting(security_server):
    return Collecting(security_server)


@pytest.fixture
def past():
    return int(time.time()) - 600


async def test_plugin_conforms():
    await assert_conforms(datashare_monitor_usage, lambda address: configured(Usage, settings(f"http://{address}/")))


async def test_transactions_are_counted_by_ids_of_the_inventory(collecting, made_record, past):
    collecting.server.records = [made_record(past, f"m{n}") for n in range(3)]

    seen = await collecting.once()

    assert seen.status is Status.UP
    assert collecting.totals == {
        (TRANSACTIONS, *PAIR, "ok"): 3,
        (BYTES, *PAIR): 4500,
        (DURATION, *PAIR): pytest.approx(0.75),
    }
    [last] = [one for one in seen.readings if one.measure is LAST_CALL]
    assert (last.labels, last.value) == (("ha-noi/population",), past - 1)


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ({}, "ok"),
        ({"succeeded": False, "faultCode": "Client.BadRequest"}, "client_error"),
        ({"succeeded": False, "faultCode": "server.serverproxy.AccessDenied"}, "client_error"),
        ({"succeeded": False, "faultCode": "Server.ServerProxy.ServiceFailed"}, "server_error"),
        ({"succeeded": False, "faultCode": "Server.ClientProxy.NetworkError.Timeout"}, "timeout"),
        ({"succeeded": False, "statusCode": 429}, "throttled"),
        ({"succeeded": False, "statusCode": 504}, "timeout"),
        ({"succeeded": False, "statusCode": 404}, "client_error"),
        ({"succeeded": True, "statusCode": 503}, "server_error"),
        ({"succeeded": False}, "server_error"),
    ],
)
async def test_outcome_is_told_by_fault_and_status(collecting, made_record, past, more, outcome):
    collecting.server.records = [made_record(past, "m", **more)]

    await collecting.once()

    assert collecting.counted(*PAIR, outcome) == 1


async def test_record_of_the_other_side_is_not_counted_again(collecting, made_record, past):
    both = [made_record(past, "m"), made_record(past, "m", securityServerType="Client")]
    collecting.server.records = both

    await collecting.once()

    assert collecting.all == 1
    assert not collecting.refused("repeated")


async def test_pages_are_counted_to_the_last_and_once(collecting, made_record, past):
    collecting.server.page_size = 7
    collecting.server.records = [made_record(past + n // 3, f"m{n}") for n in range(100)]

    await collecting.once()
    await collecting.once()

    assert collecting.all == 100
    assert len(collecting.server.asked) > 10


async def test_run_that_ends_early_is_gone_on_with(security_server, made_record, past):
    collecting = Collecting(security_server, max_records=10)
    security_server.page_size = 5
    security_server.records = [made_record(past + n, f"m{n}") for n in range(35)]

    counts = []
    while not counts or counts[-1] != collecting.all:
        counts.append(collecting.all)
        await collecting.once()

    assert counts == [0, 10, 20, 30, 35]


async def test_records_of_the_last_minute_are_left_for_later(collecting, made_record):
    now = int(time.time())
    collecting.server.records = [made_record(now - 30, "young"), made_record(now - 100, "old")]
    collecting.server.clock = lambda: now

    seen = await collecting.once()

    assert collecting.all == 1
    [until] = [one.value for one in seen.readings if one.measure is COUNTED_UNTIL]
    assert now - 70 < until <= now - 60
    assert collecting.server.asked[-1][1] < now - 60


async def test_record_that_comes_late_is_counted_within_the_window(security_server, made_record):
    collecting = Collecting(security_server, late_window="5m")
    now = int(time.time())
    security_server.records = [made_record(now - 200, "first")]
    await collecting.once(withheld="90s")
    security_server.records += [made_record(now - 300, "late"), made_record(now - 600, "too late")]

    await collecting.once()

    assert collecting.all == 2


async def test_failed_run_counts_nothing_and_the_next_one_all(collecting, made_record, past):
    collecting.server.records = [made_record(past, "m")]
    collecting.server.fault = "Server.ServerProxy.OpMonitor"

    failed = await collecting.once()
    collecting.server.fault = ""
    await collecting.once()

    assert (failed.status, failed.reason) == (Status.DOWN, Reason.SERVICE_FAULT)
    assert failed.detail == "the security server answered with a fault, Server.ServerProxy.OpMonitor"
    assert collecting.all == 1


async def test_fault_on_a_later_page_keeps_what_was_counted(collecting, made_record, past):
    collecting.server.page_size = 5
    collecting.server.records = [made_record(past + n, f"m{n}") for n in range(10)]

    def break_after_one(start, found, following):
        collecting.server.fault = "Server.ServerProxy.OpMonitor"
        return found, following

    collecting.server.change = break_after_one
    seen = await collecting.once()
    collecting.server.fault, collecting.server.change = "", None
    counted = collecting.all
    await collecting.once()

    assert seen.status is Status.DEGRADED
    assert (counted, collecting.all) == (5, 10)


async def test_page_that_is_repeated_within_a_run_is_noticed_and_not_doubled(collecting, made_record, past):
    collecting.server.records = [made_record(past + n, f"m{n}") for n in range(10)]
    pages = []

    def repeat(start, found, following):
        pages.append(start)
        return collecting.server.records, (past + 5 if len(pages) == 1 else None)

    collecting.server.change = repeat
    await collecting.once()

    assert collecting.all == 10
    assert collecting.refused("repeated") == 10


async def test_server_that_goes_back_in_time_is_noticed_and_not_doubled(collecting, made_record, past):
    collecting.server.records = [made_record(past + n, f"m{n}") for n in range(10)]
    await collecting.once(withheld="90s")
    collecting.server.change = lambda start, found, following: (collecting.server.records, following)

    await collecting.once()

    assert collecting.all == 10
    assert collecting.refused("late") == 10


async def test_server_whose_next_page_is_not_further_on_ends_the_run(collecting, made_record, past):
    collecting.server.records = [made_record(past + n, f"m{n}") for n in range(10)]
    collecting.server.change = lambda start, found, following: (found, start)

    seen = await collecting.once()

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.PROTOCOL)
    assert len(collecting.server.asked) == 1
    collecting.server.change = None
    await collecting.once()
    assert collecting.all == 10


async def test_clock_of_a_server_that_is_behind_ends_the_run_in_order(collecting, made_record):
    now = int(time.time())
    collecting.server.clock = lambda: now - 30
    collecting.server.records = [made_record(now - 91 - n, f"m{n}") for n in range(10)]

    seen = await collecting.once()

    assert collecting.all == 10
    assert seen.status in {Status.UP, Status.DEGRADED}


@pytest.mark.parametrize(
    "change",
    [
        {"monitoringDataTs": "soon"},
        {"monitoringDataTs": True},
        {"requestInTs": -5},
        {"requestInTs": 1000},
        {"requestInTs": None},
        {"messageId": ""},
        {"messageId": 5},
        {"succeeded": "yes"},
        {"requestSize": -1},
        {"requestSize": 1e300},
        {"clientMemberCode": ["HNI"]},
        {"clientMemberCode": "x" * 300},
        {"clientMemberCode": None},
        {"securityServerType": "Sideways"},
    ],
)
async def test_malformed_record_is_refused_and_the_others_are_counted(collecting, made_record, past, change):
    wrong = made_record(past, "wrong") | change
    collecting.server.change = lambda start, found, following: (
        [made_record(past, "before"), wrong, made_record(past, "after")],
        following,
    )

    seen = await collecting.once()

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.CONTENT)
    assert collecting.all == 2
    assert collecting.refused("malformed") == 1


@pytest.mark.parametrize("item", [None, 5, [], "text"])
async def test_record_that_is_none_is_refused(collecting, made_record, past, item):
    collecting.server.change = lambda start, found, following: ([item, made_record(past, "m")], following)

    await collecting.once()

    assert (collecting.all, collecting.refused("malformed")) == (1, 1)


async def test_record_of_the_future_is_refused(collecting, made_record):
    future = int(time.time()) + 10 * 365 * 86_400
    collecting.server.change = lambda start, found, following: ([made_record(future, "m")], following)

    seen = await collecting.once()

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert (collecting.all, collecting.refused("future")) == (0, 1)


async def test_records_none_of_which_can_be_counted_are_the_targets_fault(collecting, made_record, past):
    collecting.server.records = [made_record(past, f"m{number}", succeeded="yes") for number in range(3)]

    seen = await collecting.once()

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert seen.detail.startswith("none of 3 records can be counted: 3 malformed")
    assert (collecting.all, collecting.refused("malformed")) == (0, 3)


async def test_records_of_the_other_side_are_no_reason_to_be_down(collecting, made_record, past):
    collecting.server.records = [made_record(past, "m", securityServerType="Client")]

    assert (await collecting.once()).status is Status.UP


async def test_call_of_nobody_known_is_other_and_said(collecting, made_record, past):
    collecting.server.records = [
        made_record(past, "1", client="VN/GOV/CANARY-MEMBER/X"),
        made_record(past, "2", client="VN/GOV/HNI/PORTAL", service="VN/GOV/BTP/HOTICH/find"),
    ]

    seen = await collecting.once()

    assert collecting.counted("other", "bo-cong-an/population-db", "ok") == 1
    assert collecting.counted("ha-noi", "other", "ok") == 1
    assert "2 of them under 2 names that no connection has as xroad in external_ids" in seen.detail
    assert "CANARY" not in repr(seen)


def _soap(body):
    return f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>{body}</e:Body></e:Envelope>'


BOMB = '<!DOCTYPE a [<!ENTITY b "canary">]>' + _soap("<a>&b;</a>")


@pytest.mark.parametrize(
    "broken",
    [
        lambda part: web.Response(text="not xml"),
        lambda part: web.Response(text=_soap("<ok/>"), content_type="text/xml"),
        lambda part: web.Response(body=b"", headers={"Content-Type": "multipart/related"}),
        lambda part: web.Response(body=b"", headers={"Content-Type": "multipart/related; boundary=x"}),
        lambda part: web.Response(body=b"--x\r\n\r\nabc", headers={"Content-Type": "multipart/related; boundary=x"}),
        lambda part: web.Response(
            body=b"--x\r\n\r\n\r\n" * 20 + b"--x--", headers={"Content-Type": "multipart/related; boundary=x"}
        ),
        lambda part: part([], soap=BOMB),
        lambda part: part([], count=5),
        lambda part: part([], packed=b"no gzip"),
        lambda part: part([], packed=gzip.compress(b"[" * 100_000)),
        lambda part: part([], packed=gzip.compress(b'{"records": 5}')),
        lambda part: part([], packed=gzip.compress(b'{"records": []}')[:-9]),
        lambda part: part([], packed=gzip.compress(bytes(80 << 20))),
        lambda part: part([], soap=_soap("<x>cid:elsewhere</x>")),
        lambda part: part([], following="soon"),
    ],
)
async def test_answer_that_is_none_is_the_targets_fault_and_counts_nothing(made_multipart, broken):
    async def answer(_):
        return broken(made_multipart)

    async with serve(answer) as url:
        outcome = await run(configured(Usage, settings(url)), exchanges=KNOWN)

    assert outcome.observation.status is Status.DOWN
    assert outcome.observation.reason in {Reason.CONTENT, Reason.TOO_LARGE}
    assert outcome.memory is None
    assert "canary" not in repr(outcome)


async def test_memory_that_cannot_be_read_is_not_begun_anew(security_server):
    async with serve(security_server.answer) as url:
        outcome = await run(configured(Usage, settings(url)), memory=b"nonsense")

    assert (outcome.observation.status, outcome.observation.reason) == (Status.UNKNOWN, Reason.PLUGIN)
    assert outcome.memory is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"xroad": None}, "exactly one of elasticsearch, xroad, prometheus or source"),
        ({"time_zone": "Mars/Olympus"}, "write one like Asia/Ho_Chi_Minh"),
        ({"fields": {"time": "at", "connection": ["app"]}}, "source and fields go together"),
        ({"external_ids": ""}, "names no system"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, told):
    with pytest.raises(ValueError, match=told):
        configured(Usage, settings("http://127.0.0.1/") | change)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"client": "VN"}, "INSTANCE/CLASS/MEMBER"),
        ({"security_server": "VN/GOV/NDC"}, "INSTANCE/CLASS/MEMBER/SERVER"),
        ({"max_records": 0}, "1 or more"),
    ],
)
def test_settings_of_the_security_server_that_make_no_sense_are_refused(change, told):
    with pytest.raises(ValueError, match=told):
        configured(Usage, settings("http://127.0.0.1/", **change))
