"""What Prometheus remembers from before the test began: nobody can wait for a week of calls or a month of progress."""

import subprocess
from collections.abc import Iterator

HOUR_SECONDS, DAY_SECONDS, STEP_SECONDS = 3600, 86400, 2
CALLS = (
    'datashare_exchange_transactions_total{agency="vi-du",check="luot-goi",consumer="vi-du",'
    'instance="before",job="datashare-monitor",outcome="ok",service="vi-du/kho",target="kho"}'
)
CONNECTED = 'programme:connected:count{programme="vi-du"}'


def lines(now: int) -> Iterator[str]:
    """Yield samples in the order of time: calls of a week ago, and how a programme has grown for a day."""
    week = now - 7 * DAY_SECONDS
    yield "# TYPE datashare_exchange_transactions counter"
    for at in range(week - 10 * 60, week + 10 * 60, STEP_SECONDS):
        yield f"{CALLS} {at - week + HOUR_SECONDS} {at}"
    yield "# TYPE programme:connected:count gauge"
    hour = now - now % HOUR_SECONDS
    for hours in range(24, 0, -1):
        yield f"{CONNECTED} {(24 - hours) / 24} {hour - hours * HOUR_SECONDS}"
    yield "# EOF\n"


def write(promtool: str, folder, now: int) -> None:
    """Write it into the blocks of a Prometheus that has not begun yet."""
    text, data = folder / "past.txt", folder / "data"
    text.write_text("\n".join(lines(now)), "utf-8")
    command = [promtool, "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(text), str(data)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
