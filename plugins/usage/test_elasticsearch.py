"""Aggregates of a search engine are counted once, by spans of time that have settled."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from datashare_monitor_usage.measures import BYTES, DURATION, LAST_CALL, REFUSED, TRANSACTIONS
from datashare_monitor_usage.probe import Usage

from monitor.plugin import Exchange, Reason, Status
from monitor.testing import configured, run, serve

DANCU = Exchange(connection="ha-noi/population", consumer="ha-noi", service="bo-cong-an/population-db")
KNOWN = {"wso2": {"HNI-DANCU": DANCU}}
PAIR = ("ha-noi", "bo-cong-an/population-db")


def entry(at, *, name="HNI-DANCU", status=200, **more):
    return {
        "@timestamp": int(at * 1000),
        "applicationName.keyword": name,
        "proxyResponseCode": status,
        "responseLatency": 250,
        "userName.keyword": "canary-user",
        "apiResourceTemplate": "/canary-path/001079012345678",
    } | more


def settings(url, **more):
    return {
        "external_ids": "wso2",
        "lookback": "2h",
        "elasticsearch": {"url": url.rstrip("/"), "index": "wso2-*", "page_size": 3, **more},
    }


class Collecting:
    """A collector, run again and again as the daemon does."""

    def __init__(self, engine):
        self.engine = engine
        self.memory = b""
        self.totals = {}
        self.days = {}

    async def once(self, exchanges=KNOWN, **more):
        async with serve(self.engine.answer) as url:
            probe = configured(Usage, settings(url, **more))
            outcome = await run(probe, memory=self.memory, exchanges=exchanges, within=timedelta(seconds=20))
        self.memory = outcome.memory or self.memory
        for reading in outcome.observation.readings:
            if reading.measure.kind == "increment" and (outcome.memory or reading.measure is REFUSED):
                key = (reading.measure, *reading.labels)
                self.totals[key] = self.totals.get(key, 0) + reading.value
                self.days[reading.day] = self.days.get(reading.day, 0) + reading.value
        return outcome.observation

    @property
    def all(self):
        return sum(value for key, value in self.totals.items() if key[0] is TRANSACTIONS)


@pytest.fixture
def collecting(search_engine):
    return Collecting(search_engine)


@pytest.fixture
def past():
    return int(time.time()) - 3000


async def test_transactions_are_counted_by_outcome_over_several_pages(collecting, past):
    statuses = [200, 201, 302, 401, 404, 429, 500, 502, 504]
    collecting.engine.documents = [entry(past + n, status=status) for n, status in enumerate(statuses)]

    seen = await collecting.once()

    assert seen.status is Status.UP
    assert {key[3]: value for key, value in collecting.totals.items() if key[0] is TRANSACTIONS} == {
        "ok": 3, "client_error": 2, "throttled": 1, "server_error": 2, "timeout": 1,
    }  # fmt: skip
    assert collecting.totals[DURATION, *PAIR] == pytest.approx(9 * 0.25)
    assert len(collecting.engine.asked) > 3
    [last] = [one for one in seen.readings if one.measure is LAST_CALL]
    assert last.value == past + 8


async def test_fields_are_configured(collecting, past):
    collecting.engine.documents = [
        {"when": (past + n) * 1000, "app": "HNI", "api": "DANCU", "end": word, "size": 100, "us": 2000}
        for n, word in enumerate(["SUCCESS", "BACKEND_TIMEOUT", "FAULT"])
    ]
    exchanges = {"wso2": {"HNI DANCU": DANCU}}

    await collecting.once(
        exchanges,
        time="when",
        connection=["app", "api"],
        status="end",
        outcomes={"backend_timeout": "timeout"},
        bytes="size",
        latency="us",
        latency_unit="us",
    )

    assert collecting.totals == {
        (TRANSACTIONS, *PAIR, "ok"): 1,
        (TRANSACTIONS, *PAIR, "timeout"): 1,
        (TRANSACTIONS, *PAIR, "server_error"): 1,
        (BYTES, *PAIR): 300,
        (DURATION, *PAIR): pytest.approx(0.006),
    }


async def test_nothing_is_counted_twice_by_the_next_run(collecting, past):
    collecting.engine.documents = [entry(past + n) for n in range(10)]
    await collecting.once(settle="30m")
    collecting.engine.documents += [entry(time.time() - 1500)]

    await collecting.once(settle="10m")

    assert collecting.all == 11


async def test_days_are_local(collecting):
    midnight = datetime.now(UTC).replace(hour=17, minute=0, second=0, microsecond=0) - timedelta(days=1)
    collecting.engine.documents = [entry(midnight.timestamp() + offset) for offset in (-60, -30, 30)]
    async with serve(collecting.engine.answer) as url:
        probe = configured(Usage, settings(url) | {"lookback": "3d"})
        outcome = await run(probe, exchanges=KNOWN)

    days = {one.day: one.value for one in outcome.observation.readings if one.measure is TRANSACTIONS}
    assert days == {midnight.date(): 2, midnight.date() + timedelta(days=1): 1}
    assert all(isinstance(day, date) for day in days)


async def test_entries_none_of_which_says_how_it_ended_are_the_targets_fault(collecting, past):
    collecting.engine.documents = [entry(past + n, status="??") for n in range(3)]

    seen = await collecting.once()

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert seen.detail.startswith("none of 3 records can be counted: 3 malformed")
    assert collecting.all == 0


async def test_entries_some_of_which_do_not_say_how_they_ended_are_degraded(collecting, past):
    collecting.engine.documents = [entry(past), entry(past + 1, status="??")]

    seen = await collecting.once()

    assert (seen.status, seen.reason, collecting.all) == (Status.DEGRADED, Reason.CONTENT, 1)
    assert seen.detail.startswith("1 of 2 records cannot be counted: 1 malformed")


async def test_entry_that_comes_too_late_is_noticed_once(collecting, past):
    collecting.engine.documents = [entry(past)]
    await collecting.once(settle="10m")
    collecting.engine.documents += [entry(past + 1)]

    await collecting.once(settle="9m")
    await collecting.once(settle="8m")

    assert collecting.all == 1
    assert collecting.totals[REFUSED, "late"] == 1


async def test_index_that_lost_entries_is_noticed(collecting, past):
    collecting.engine.documents = [entry(past), entry(past + 1)]
    await collecting.once(settle="10m")
    del collecting.engine.documents[0]

    seen = await collecting.once(settle="9m")

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.MISMATCH)
    assert seen.detail.startswith("1 entries that were counted are not in the index any more")
    assert collecting.all == 2


async def test_page_that_comes_twice_fails_the_run_and_is_counted_as_refused(collecting, past):
    collecting.engine.documents = [entry(past + n, status=200 + n) for n in range(6)]
    pages = []

    def repeat(number, answer):
        found = answer["aggregations"]["usage"]
        if found["buckets"]:
            pages.append(found["buckets"])
            found["buckets"] = pages[0]
        return answer

    collecting.engine.change = repeat
    seen = await collecting.once(step="2h")
    collecting.engine.change = None
    counted = collecting.all
    await collecting.once()

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.PROTOCOL)
    assert collecting.totals[REFUSED, "repeated"] == 1
    assert (counted, collecting.all) == (0, 6)


async def test_search_that_is_not_complete_counts_nothing(collecting, past):
    collecting.engine.documents = [entry(past)]
    collecting.engine.change = lambda number, answer: answer | {"_shards": {"total": 5, "failed": 1}}

    seen = await collecting.once()

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.SERVICE_FAULT)
    assert collecting.totals == {}


@pytest.mark.parametrize(
    "change",
    [
        {"doc_count": -5},
        {"doc_count": 1.5},
        {"doc_count": None},
        {"key": None},
        {"key": {}},
        {"newest": {"value": "soon"}},
        {"newest": {"value": -1}},
        {"latency": {"value": float("inf")}},
        {"latency": {"value": -3}},
    ],
)
async def test_aggregate_that_cannot_be_is_the_targets_fault(collecting, past, change):
    collecting.engine.documents = [entry(past)]

    def spoil(number, answer):
        for bucket in answer["aggregations"]["usage"]["buckets"]:
            bucket.update(change)
        return answer

    collecting.engine.change = spoil
    seen = await collecting.once()

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.CONTENT)
    assert collecting.totals == {}


@pytest.mark.parametrize("answer", [[], {}, 5, None, {"timed_out": False, "_shards": {"failed": 0}}])
async def test_answer_that_is_no_search_is_the_targets_fault(collecting, answer):
    collecting.engine.change = lambda number, _: answer

    assert (await collecting.once()).reason is Reason.CONTENT


async def test_credentials_are_sent_and_their_refusal_told_apart(collecting, past, tmp_path):
    (tmp_path / "key").write_text("c2VjcmV0\n")
    collecting.engine.authorization = "ApiKey c2VjcmV0"
    collecting.engine.documents = [entry(past)]

    refused = await collecting.once()
    taken = await collecting.once(credentials={"token": {"file": str(tmp_path / "key")}, "scheme": "ApiKey"})

    assert (refused.status, refused.reason) == (Status.DOWN, Reason.UNAUTHORIZED)
    assert "canary" not in refused.detail
    assert taken.status is Status.UP
    assert collecting.all == 1


async def test_names_of_nobody_are_other_and_nothing_of_them_is_told(collecting, past):
    collecting.engine.documents = [entry(past, name="canary-name"), entry(past + 1, name=None)]

    seen = await collecting.once()

    assert collecting.totals[TRANSACTIONS, "other", "other", "ok"] == 2
    assert "2 of them under 2 names that no connection has as wso2 in external_ids" in seen.detail
    assert "canary" not in repr(seen)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"connection": []}, "at least one field"),
        ({"page_size": 0}, "1 to 10000"),
        ({"index": "a/b"}, "name of an index"),
        ({"credentials": {"username": "monitor"}}, "username and password"),
    ],
)
def test_settings_that_make_no_sense_are_refused(change, told):
    with pytest.raises(ValueError, match=told):
        configured(Usage, settings("http://127.0.0.1/", **change))
