"""Whatever a source of usage does, a run ends in time, costs little, and counts nothing that nobody has told."""

import gzip
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiohttp import web
from datashare_monitor_usage.measures import LAST_CALL, REFUSED, TRANSACTIONS
from datashare_monitor_usage.packed import AT_ONCE, records_in
from datashare_monitor_usage.probe import Usage
from datashare_monitor_usage.rows import Fields
from ordeal import MIB, answer, costing, saying, survives_what_does_not_end

from monitor.plugin import ExternalIds, ProbeError, Reason, Row, Status, Vantage
from monitor.testing import configured, run, serve, serve_stream

CANARY = "canary-\u202e\x1b[31m001079012345678"
WE = {"client": "VN/GOV/NDC/MONITOR", "security_server": "VN/GOV/NDC/SS1"}
SOURCES = {
    "xroad": WE,
    "elasticsearch": {"index": "wso2-*"},
    "prometheus": {"query": "calls_total", "connection": ["app"]},
}


def counting(kind):
    return lambda url: configured(
        Usage,
        {"external_ids": "log", "lookback": "1h", kind: {"url": f"{url}/", "body_size_limit": "1MiB", **SOURCES[kind]}},
    )


def rows_of(url):
    source = {"http": {"url": f"{url}/"}}
    fields = {"time": "at", "connection": ["app"]}
    from datashare_monitor_http.rows import HttpRows

    return Usage(
        external_ids=ExternalIds("log"),
        source=configured(HttpRows, source["http"]),
        fields=configured(Fields, fields),
        lookback=timedelta(hours=1),
    )


@pytest.mark.parametrize("probe", [*map(counting, SOURCES), rows_of], ids=[*SOURCES, "rows"])
async def test_answer_without_an_end_is_survived(probe):
    await survives_what_does_not_end(probe)


def counted(outcome):
    return {reading.measure for reading in outcome.observation.readings} & {TRANSACTIONS, LAST_CALL}


@pytest.fixture
def paged(made_multipart):
    """Return a function that runs a collector at a security server that sends these records, packed."""

    async def seen(packed, within=20.0, **more):
        async def respond(_):
            return made_multipart([], packed=packed, **more)

        async with serve(respond) as url:
            settings = {"external_ids": "log", "lookback": "1h", "xroad": {"url": f"{url}/", **WE}}
            probe = configured(Usage, settings)
            with costing(40):  # the answer itself, packed, and a piece of it
                outcome = await run(probe, within=timedelta(seconds=within))
        assert outcome.duration_seconds < within + 0.5
        assert "canary" not in repr(outcome)
        return outcome

    return seen


def packed(text):
    return gzip.compress(text, 1)


PACKED = {
    "zeros": (bytes(200 * MIB), Reason.CONTENT),
    "blanks": (b'{"records": [' + b" " * (80 * MIB), Reason.CONTENT),
    "blanks between": (b'{"records": [1,' + b" " * 60_000 + b"2," + b" " * (80 * MIB), Reason.CONTENT),
    "text": (b'{"records": ["' + b"x" * (80 * MIB), Reason.CONTENT),
    "deep": (b'{"records": ' + b"[" * 60_000, Reason.CONTENT),
    "deep objects": (b'{"records": [' + b'{"a":' * 10_000, Reason.CONTENT),
    "one long record": (b'{"records": [{"a": [' + b"[]," * MIB, Reason.CONTENT),
    "another beginning": (b'[{"records": []}]', Reason.CONTENT),
    "nothing": (b"", Reason.CONTENT),
    "null": (b"null", Reason.CONTENT),
    "records that are none": (b'{"records": null}', Reason.CONTENT),
    "records without an end": (b'{"records": [{}, {}', Reason.CONTENT),
    "an end and more": (b'{"records": []} canary', Reason.CONTENT),
    "a comma and no more": (b'{"records": [{},]}', Reason.CONTENT),
    "digits": (b'{"records": [' + b"9" * 5000 + b"]}", Reason.CONTENT),
    "no text": (b'{"records": ["\xff"]}', Reason.CONTENT),
    "half a letter": (b'{"records": ["\xc3', Reason.CONTENT),
}


@pytest.mark.parametrize(("text", "reason"), PACKED.values(), ids=PACKED)
async def test_records_that_are_none_are_the_targets_fault(paged, text, reason):
    outcome = await paged(packed(text))

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, reason), outcome.observation
    assert (outcome.memory, counted(outcome)) == (None, set())


async def test_more_than_may_be_unpacked_is_too_large(paged):
    outcome = await paged(packed(b'{"records": [' + b'"%b",' % (b"x" * 1000) * 80_000), count=80_000)

    assert outcome.observation.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("count", [0, 1, 3, 10**11])
async def test_other_number_of_records_than_said_counts_nothing(paged, count):
    outcome = await paged(packed(b'{"records": [1, 2]}'), count=count)

    assert outcome.observation.reason in (Reason.CONTENT, Reason.TOO_LARGE)
    assert outcome.memory is None


async def test_million_records_that_are_none_are_refused_one_by_one(paged):
    outcome = await paged(packed(b'{"records": [%b1]}' % (b"{}," * 999_999)), count=1_000_000, within=60)

    assert outcome.observation.reason is Reason.CONTENT
    assert {one.value for one in outcome.observation.readings if one.measure is REFUSED} == {1_000_000}
    assert counted(outcome) == set()


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 64])
def test_records_are_the_same_in_pieces_of_any_size(monkeypatch, piece):
    records = [{"a": "á\u20ac😀", "b": [1.5, None, {"c": "]}"}]}, 12, -3.5e2, "x", [], {}, True]
    monkeypatch.setattr("datashare_monitor_usage.packed.PIECE_BYTES", piece)

    for text in (
        json.dumps({"records": records}),
        ' {\n"records" : [ ' + " ,\n".join(map(json.dumps, records)) + " ]\t} ",
    ):
        found = [*records_in(memoryview(gzip.compress(text.encode())), MIB)]
        assert [one for batch in found for one in batch] == records


def test_no_batch_is_long():
    batches = [*records_in(memoryview(packed(b'{"records": [%b1]}' % (b"1," * 100_000))), MIB)]

    assert sum(map(len, batches)) == 100_001
    assert max(map(len, batches)) == AT_ONCE


def test_unpacking_is_bounded_before_it_is_done():
    bomb = memoryview(packed(b'{"records": [' + b"1," * (100 * MIB)))

    with costing(8), pytest.raises(ProbeError, match="over 1048576 bytes"):
        [*records_in(bomb, MIB)]


MESSAGES = {
    "attribute lists": "<!DOCTYPE r [{}]><r/>".format("".join(f'<!ATTLIST r a{n:x} CDATA "v">' for n in range(5000))),
    "external entity": '<!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/passwd">]><r>&e;</r>',
    "long": "<r>" + "x" * 300_000 + "</r>",
    "elements": "<r>" + "<a/>" * 62_000 + "</r>",
    "person": "<canary-001079012345678/>",
}


@pytest.mark.parametrize("soap", MESSAGES.values(), ids=MESSAGES)
async def test_message_beside_the_records_costs_little(paged, soap):
    outcome = await paged(packed(b'{"records": []}'), soap=soap)

    assert outcome.observation.reason in (Reason.CONTENT, Reason.TOO_LARGE)


@pytest.mark.parametrize(
    "body", [b"--b\r\n\r\n\r\n" * 90_000, b"--b\r\nX: " + b"y" * 900_000, b"\r\n--" * 200_000, b"--b--"]
)
async def test_parts_without_an_end_are_refused(body):
    async with serve_stream(saying(answer(body, kind="multipart/related; boundary=b"))) as address:
        with costing(20):
            outcome = await run(counting("xroad")(f"http://{address}"))

    assert outcome.observation.reason is Reason.CONTENT


async def asked_of_elasticsearch(buckets, **more):
    async def respond(_):
        usage = {"buckets": buckets, **more}
        return web.json_response({"timed_out": False, "_shards": {"failed": 0}, "aggregations": {"usage": usage}})

    async with serve(respond) as url:
        outcome = await run(counting("elasticsearch")(url), within=timedelta(seconds=10))
    assert "canary" not in repr(outcome)
    return outcome


def bucket(**more):
    now = int(time.time()) * 1000
    key = {"name0": "HNI", "status": 200, "day": now - 3_600_000}
    return {"key": key, "doc_count": 1, "newest": {"value": now - 600_000}, **more}


WRONG = [None, True, "canary", -1, 1e300, float("inf"), float("nan"), 10**400, [], {"canary": 1}]


@pytest.mark.parametrize("value", WRONG)
async def test_aggregate_whose_numbers_are_none_counts_nothing(value):
    told = [bucket(doc_count=value), bucket(newest={"value": value or -1}), bucket(latency={"value": value or -1})]
    told.append(bucket(key={"name0": "a", "status": 200, "day": value}))

    for one in told:
        outcome = await asked_of_elasticsearch([one])
        assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.CONTENT), one
        assert outcome.memory is None


@pytest.mark.parametrize("value", [[], {"canary": 1}])
@pytest.mark.parametrize("field", ["name0", "status"])
async def test_aggregate_whose_names_are_none_counts_nothing(field, value):
    outcome = await asked_of_elasticsearch([bucket(key={"name0": "a", "status": 200, "day": 0, field: value})])

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.CONTENT)


@pytest.mark.parametrize("place", ["day", "newest"])
@pytest.mark.parametrize("moment", [2**53 - 1, 4_102_444_800_000], ids=["the last whole number", "the year 2100"])
async def test_aggregate_of_the_future_is_refused(place, moment):
    one = bucket()
    if place == "day":
        one["key"]["day"] = moment
    else:
        one["newest"]["value"] = moment

    outcome = await asked_of_elasticsearch([one])

    assert outcome.observation.reason is Reason.CONTENT, outcome.observation
    assert counted(outcome) == set()


async def test_page_of_more_aggregates_than_asked_for_is_too_large():
    outcome = await asked_of_elasticsearch([bucket()] * 1001)

    assert outcome.observation.reason is Reason.TOO_LARGE


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-1", "1e300", "canary", "", None, 10**400, [], True])
async def test_counter_that_is_none_counts_nothing(value):
    async def respond(_):
        result = [{"metric": {"app": CANARY}, "value": [time.time(), value]}]
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": result}})

    async with serve(respond) as url:
        outcome = await run(counting("prometheus")(url))

    assert counted(outcome) == set()
    assert "canary" not in repr(outcome)
    if value is not True:
        assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.CONTENT)


@dataclass(frozen=True)
class Lines:
    """A source of rows."""

    lines: tuple

    async def rows(self, vantage: Vantage) -> AsyncIterator[Row]:
        for line in self.lines:
            yield line


CELLS = [None, True, "", CANARY, -1, 0, float("nan"), float("inf"), 10**400, "9" * 5000, "1e999", "-1", "NaN"]


@pytest.mark.parametrize("cell", CELLS)
async def test_row_whose_cells_are_none_is_refused(cell):
    good = {"at": time.time() - 1800, "app": "HNI", "n": 1, "size": 1}
    fields = Fields(time="at", connection=("app",), count="n", bytes="size")
    wrong = [good | {"at": cell}, good | {"n": cell}]
    wrong += [good | {"size": cell}] if cell != 0 else []

    probe = Usage(external_ids=ExternalIds("log"), source=Lines((*wrong,)), fields=fields)
    outcome = await run(probe)

    assert (outcome.observation.status, outcome.observation.reason) == (Status.DOWN, Reason.CONTENT)
    assert counted(outcome) == set()
    assert "canary" not in repr(outcome)


async def test_names_without_number_take_little_memory(made_record, made_multipart):
    past = int(time.time()) - 600
    records = [made_record(past, f"m{n}", client=f"VN/GOV/{n:0200}/{'😀' * 50}") for n in range(40_000)]
    pages = [made_multipart(records, packed=packed(json.dumps({"records": records}).encode()))]

    async def respond(_):
        return pages.pop()

    async with serve(respond) as url:
        with costing(80):
            outcome = await run(counting("xroad")(url), within=timedelta(seconds=60))

    assert sum(one.value for one in outcome.observation.readings if one.measure is TRANSACTIONS) == 40_000
