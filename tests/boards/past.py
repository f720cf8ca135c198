"""What Prometheus remembers from before the test began: nobody can wait for an hour of calls or a month of rest."""

import itertools
import subprocess
from collections.abc import Iterator

MINUTE_SECONDS, HOUR_SECONDS, DAY_SECONDS = 60, 3600, 86400
STEP_SECONDS = 2
INSTANCE = "replica"
"""Of the daemon that was there before: rules compare what one and the same instance has counted."""
SCRAPED = f'instance="{INSTANCE}",job="datashare-monitor"'
CHECK = 'agency="vi-du",check="luot-goi",target="kho"'
FAILED = f'datashare_exchange_transactions_total{{{CHECK},consumer="vi-du",outcome="%s",service="vi-du/kho",{SCRAPED}}}'
COUNTED = f'datashare_check_calls_total{{{CHECK},consumer="vi-du",outcome="%s",{SCRAPED}}}'
ENDS = 'agency="vi-du",consumer="vi-du",owner="vi-du/truc-ban",provider="vi-du/kho",target="it-dung"'
"""A connection that is up, between the same two as the one that is used."""
CALLS = f"datashare_connection_calls_total{{{ENDS},{SCRAPED}}}"
CONNECTED = 'programme:connected:count{programme="vi-du"}'
HOURLY = f"connection:calls:increase1h{{{ENDS}}}"
ALREADY = "count(last_over_time(slo:watched_hourly:seconds[30m]))"
"""By which a rule knows that the hour was recorded."""
OUTCOMES = ("ok", "client_error", "server_error")
MANY = 10_000
"""Calls in an hour of a week ago, when the connection was still used."""
UNCALLED = f'datashare_exchange_uncalled_since_timestamp_seconds{{{CHECK},connection="vi-du/chua-dung",{SCRAPED}}}'
DOWN = f'datashare_connection_state_seconds_total{{agency="vi-du",target="qua-truc",state="down",{SCRAPED}}}'


def lines(now: int) -> Iterator[str]:
    """Yield samples in the order of time; of what a rule compares with, as long before as it looks back."""
    month = now - 30 * DAY_SECONDS
    yield "# TYPE datashare_exchange_uncalled_since_timestamp_seconds gauge"
    yield from (f"{UNCALLED} {month} {at}" for at in around(month, MINUTE_SECONDS))
    week = now - 7 * DAY_SECONDS
    yield "# TYPE connection:calls:increase1h gauge"
    yield from (f"{HOURLY} {MANY} {at}" for at in around(week, MINUTE_SECONDS))
    yield "# TYPE datashare_exchange_transactions counter"
    yield from (f"{FAILED % outcome} 0 {at}" for at in around(week, STEP_SECONDS) for outcome in OUTCOMES)
    yield "# TYPE programme:connected:count gauge"
    hour = now - now % HOUR_SECONDS
    for hours in range(24, 0, -1):
        yield f"{CONNECTED} {(24 - hours) / 24} {hour - hours * HOUR_SECONDS}"
    yield "# TYPE connection:calls:increase1h gauge"
    yield from (f"{HOURLY} 100 {hour - hours * HOUR_SECONDS}" for hours in range(2, -1, -1))
    yield "# TYPE datashare_connection_calls counter"
    yield from (f"{CALLS} 0 {at}" for at in around(now - HOUR_SECONDS, MINUTE_SECONDS))
    for family, series in (("exchange_transactions", FAILED), ("check_calls", COUNTED)):
        yield f"# TYPE datashare_{family} counter"
        for at, outcome in itertools.product(around(now - HOUR_SECONDS, MINUTE_SECONDS), OUTCOMES):
            yield f"{series % outcome} 0 {at}"
    yield "# TYPE datashare_connection_state_seconds counter"
    yield from (f"{DOWN} 0 {at}" for at in range(now - 2 * MINUTE_SECONDS, now, STEP_SECONDS))
    yield "# EOF\n"


def at_a_full_hour(expression: str) -> str:
    """Return an expression as Prometheus evaluates it first when an hour is full, whatever the time is."""
    return expression.replace("minute()", "minute(vector(0))").replace(f"unless on () {ALREADY}", "")


def around(moment: int, step: int) -> range:
    """Return the moments from ten minutes before one to ten minutes after it."""
    return range(moment - 10 * MINUTE_SECONDS, moment + 10 * MINUTE_SECONDS, step)


def write(promtool: str, folder, now: int) -> None:
    """Write it into the blocks of a Prometheus that has not begun yet."""
    text, data = folder / "past.txt", folder / "data"
    text.write_text("\n".join(lines(now)), "utf-8")
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(text), str(data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
