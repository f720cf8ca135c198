"""What is counted. All but the times are increments, which the monitor sums up over restarts."""

from enum import StrEnum

from monitor.plugin import Label, Measure, MeasureKind

MOST_SERIES = 20_000


class Outcome(StrEnum):
    """How a transaction ended."""

    OK = "ok"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    THROTTLED = "throttled"


class Refusal(StrEnum):
    """Why a record was not counted."""

    REPEATED = "repeated"
    """It came twice in one run."""
    LATE = "late"
    """It is older than what is still looked at."""
    FUTURE = "future"
    MALFORMED = "malformed"


ILLEGIBLE = (Refusal.FUTURE, Refusal.MALFORMED)
"""Why no record of that kind can be counted, now or later."""


PARTIES = (Label("consumer"), Label("service"))

TRANSACTIONS = Measure(
    "exchange_transactions_total",
    "Transactions by consumer, provider's service and outcome; other is what belongs to no connection.",
    MeasureKind.INCREMENT,
    (*PARTIES, Label.of("outcome", Outcome)),
    series=MOST_SERIES,
)
BYTES = Measure(
    "exchange_bytes_total",
    "Bytes of requests and answers, by consumer and provider's service.",
    MeasureKind.INCREMENT,
    PARTIES,
    series=MOST_SERIES,
)
DURATION = Measure(
    "exchange_duration_seconds_total",
    "How long all transactions took together, by consumer and provider's service.",
    MeasureKind.INCREMENT,
    PARTIES,
    series=MOST_SERIES,
)
LAST_CALL = Measure(
    "exchange_last_call_timestamp_seconds",
    "When the newest real call of a connection was made that has been counted.",
    labels=(Label("connection"),),
    series=MOST_SERIES,
)
UNCALLED_SINCE = Measure(
    "exchange_uncalled_since_timestamp_seconds",
    "From when on calls have been counted, of a connection of which none was found.",
    labels=(Label("connection"),),
    series=MOST_SERIES,
)
REFUSED = Measure(
    "exchange_refused_records_total",
    "Records of the source that were not counted, by reason.",
    MeasureKind.INCREMENT,
    (Label.of("reason", Refusal),),
)
UNASSIGNED = Measure(
    "exchange_unassigned_names", "Names that the newest run met and that no connection has under external_ids."
)
COUNTED_SINCE = Measure("exchange_counted_since_timestamp_seconds", "From when on calls have been counted.")
COUNTED_UNTIL = Measure("exchange_counted_until_timestamp_seconds", "Up to when all calls have been counted.")

MEASURES = (
    TRANSACTIONS, BYTES, DURATION, LAST_CALL, UNCALLED_SINCE, REFUSED, UNASSIGNED, COUNTED_SINCE, COUNTED_UNTIL,
)  # fmt: skip
