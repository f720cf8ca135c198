"""Aggregates of a search engine: the questions, and what their answers say, field by field."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from monitor.plugin import ProbeError, Reason

if TYPE_CHECKING:
    from datashare_monitor_usage.elasticsearch import Elasticsearch

MOST_SPANS = 400
MOST_TEXT = 256
MOST = 1 << 53

Query = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """Entries alike.

    Attributes:
        key: What tells it from others.
        names: Values of the fields of the connection.
        day: Any moment of the local day, in seconds since the epoch.
        newest: The time of the newest one.
        latency: Of all together, in the unit of the field.
    """

    key: tuple[object, ...]
    names: tuple[str, ...]
    status: object
    day: float
    count: int
    newest: float
    size: int
    latency: float


@dataclass(slots=True)
class Windows:
    """Spans of time that have been counted, each with how many entries there were."""

    spans: list[tuple[int, int, int]] = field(default_factory=list)

    @classmethod
    def read(cls, content: bytes) -> "Windows":
        """Return what was written.

        Raises:
            ProbeError: It was not.
        """
        try:
            return cls([(int(start), int(end), int(count)) for start, end, count in json.loads(content or b"[]")])
        except (ValueError, TypeError) as error:
            raise ProbeError(Reason.PLUGIN, "it cannot be read what was counted") from error

    def written(self) -> bytes:
        """Return it as bytes."""
        return json.dumps(self.spans, separators=(",", ":")).encode()

    def add(self, start: int, end: int, count: int) -> None:
        """Take a span that has been counted."""
        self.spans.append((start, end, count))

    def forget(self, before: int) -> None:
        """Drop what is older, and the oldest when there are too many."""
        self.spans = [one for one in self.spans if one[1] > before][-MOST_SPANS:]

    def compare(self, now: Sequence[int]) -> tuple[int, int]:
        """Return how many entries have come and how many have gone, and take the new counts."""
        late = gone = 0
        for place, (count, (start, end, before)) in enumerate(zip(now, self.spans, strict=True)):
            late += max(0, count - before)
            gone += max(0, before - count)
            self.spans[place] = (start, end, count)
        return late, gone


def query(source: "Elasticsearch", start: int, end: int, zone: str, after: Mapping[str, Any] | None) -> Query:
    """Return the question for a page of aggregates of the entries in ``[start, end)``."""
    terms = {f"name{place}": name for place, name in enumerate(source.connection)} | {"status": source.status}
    sources: list[Query] = [{key: {"terms": {"field": name, "missing_bucket": True}}} for key, name in terms.items()]
    days = {"field": source.time, "calendar_interval": "day", "time_zone": zone}
    composite: Query = {"size": source.page_size, "sources": [*sources, {"day": {"date_histogram": days}}]}
    if after is not None:
        composite["after"] = after
    sums: Query = {"newest": {"max": {"field": source.time}}}
    if source.bytes:
        sums["size"] = {"sum": {"field": source.bytes}}
    if source.latency:
        sums["latency"] = {"sum": {"field": source.latency}}
    return {
        "size": 0,
        "track_total_hits": False,
        "query": {"bool": {"filter": [_within(source.time, start, end)]}},
        "aggs": {"usage": {"composite": composite, "aggs": sums}},
    }


def late_query(time: str, spans: Sequence[tuple[int, int, int]]) -> Query:
    """Return the question for how many entries there are now in spans that have been counted."""
    filters = {f"span{place}": _within(time, start, end) for place, (start, end, _) in enumerate(spans)}
    whole = _within(time, spans[0][0], spans[-1][1])
    return {
        "size": 0,
        "track_total_hits": False,
        "query": {"bool": {"filter": [whole]}},
        "aggs": {"spans": {"filters": {"filters": filters}}},
    }


def page_of(answer: Any, names: int, most: int) -> tuple[list[Aggregate], Mapping[str, Any] | None]:
    """Return a page of aggregates, and the key to ask for the next one with; None at the end.

    Raises:
        ProbeError: The answer is incomplete, or none.
    """
    found = _whole(answer, "usage")
    buckets, after = found.get("buckets"), found.get("after_key")
    if isinstance(buckets, list) and len(buckets) > most:
        raise ProbeError(Reason.TOO_LARGE, f"a page of {len(buckets)} aggregates, asked for {most}")
    if not isinstance(buckets, list) or not (after is None or isinstance(after, dict)):
        raise ProbeError(Reason.CONTENT, "the answer has no page of aggregates")
    try:
        return [_aggregate(bucket, names) for bucket in buckets], after
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProbeError(Reason.CONTENT, "an aggregate cannot be read") from error


def totals_of(answer: Any, count: int) -> list[int]:
    """Return how many entries there are now in each span.

    Raises:
        ProbeError: The answer is incomplete, or none.
    """
    found = _whole(answer, "spans")
    try:
        return [_count(found["buckets"][f"span{place}"]["doc_count"]) for place in range(count)]
    except (KeyError, TypeError, ValueError) as error:
        raise ProbeError(Reason.CONTENT, "the counts of entries cannot be read") from error


def _within(time: str, start: int, end: int) -> Query:
    return {"range": {time: {"gte": start * 1000, "lt": end * 1000, "format": "epoch_millis"}}}


def _whole(answer: Any, name: str) -> Mapping[str, Any]:
    try:
        is_whole = answer["timed_out"] is False and answer["_shards"]["failed"] == 0
        found = answer["aggregations"][name]
    except (KeyError, TypeError) as error:
        raise ProbeError(Reason.CONTENT, "the answer is not that of a search") from error
    if not is_whole:
        raise ProbeError(Reason.SERVICE_FAULT, "the search was not complete; nothing of this run is counted")
    if not isinstance(found, dict):
        raise ProbeError(Reason.CONTENT, "the answer is not that of a search")
    return found


def _aggregate(bucket: Mapping[str, Any], names: int) -> Aggregate:
    key = bucket["key"]
    values = tuple([key[f"name{place}"] for place in range(names)])
    status, day = key["status"], key["day"]
    if not all(value is None or isinstance(value, str | int | float) for value in (*values, status)):
        raise ValueError("no values of fields")
    return Aggregate(
        key=(*values, status, day),
        names=tuple(["" if value is None else str(value)[:MOST_TEXT] for value in values]),
        status=status,
        day=_number(day) / 1000,
        count=_count(bucket["doc_count"]),
        newest=_number(bucket["newest"]["value"] or 0) / 1000,
        size=int(_number(bucket.get("size", {}).get("value") or 0)),
        latency=_number(bucket.get("latency", {}).get("value") or 0),
    )


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < MOST:
        raise ValueError("no count")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MOST:
        raise ValueError("no number")
    return value
