"""What Prometheus would remember of 10,000 connections: blocks made by promtool, for ranges that reach back."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import crc32

from monitor.inventory import Connection
from monitor.owner import owner_of
from tests.benchmarks.country import COLLECTORS, HUB, NATIONAL, agencies, links

MINUTE, HOUR, DAY = 60, 3600, 86_400
MONTH = 30 * DAY
ONE_BLOCK = "744h"
"""Blocks as large as promtool makes them: it reads the whole file again for each."""

DROPPED = 3
"""Of a hundred, by their number: who called a thousand times as much a week ago."""

Series = tuple[str, Callable[[int], float | None]]
"""A name with labels, and its value at a time; None where it has none."""


def remember(folder: Path, data: Path, now: int) -> int:
    """Make blocks in ``data`` that end at ``now``, in Unix time; return how many samples they hold."""
    data.mkdir(parents=True, exist_ok=True)
    text, count = folder / "past.om", 0
    with text.open("w", buffering=1 << 20) as file:
        for series, first, last, step in remembered(now):
            for name, value in series:
                for at in range(first, last, step):
                    if (found := value(at)) is not None:
                        file.write(f"{name} {found} {at}\n")
                        count += 1
        file.write("# EOF\n")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", f"--max-block-duration={ONE_BLOCK}", "--quiet"]
    subprocess.run([*command, str(text), str(data)], check=True, capture_output=True)
    text.unlink()
    shutil.rmtree(data / "wal", ignore_errors=True)
    return count


def remembered(now: int) -> Iterator[tuple[Iterator[Series], int, int, int]]:
    """Yield series with the first moment, the last and the step of their samples, as the rules would have left them."""
    yield _errors("step", 12), now - 6 * HOUR, now, MINUTE
    yield _agencies("slo:watched_step:seconds", 60), now - 6 * HOUR, now, MINUTE
    yield _errors("hourly", 720), now - MONTH, now, HOUR
    yield _agencies("slo:watched_hourly:seconds", 3600), now - MONTH, now, HOUR
    yield _availability("agency:availability_step:ratio_rate5m"), now - MONTH, now, 5 * MINUTE
    yield _availability("agency:availability:ratio_rate5m"), now - DAY, now, 30
    yield _availability("agency:unknown:ratio_rate5m"), now - DAY, now, 30
    yield _impaired(), now - HOUR, now, 30
    yield _counted(), now - HOUR - 5 * MINUTE, now - HOUR + 20 * MINUTE, MINUTE
    yield _calls(), now - 7 * DAY - 5 * MINUTE, now - 7 * DAY + 20 * MINUTE, 3 * MINUTE


def _identities() -> Iterator[tuple[str, str]]:
    for link in links():
        agency, _, target = link.id.partition("/")
        yield agency, target


def _errors(span: str, seconds: int) -> Iterator[Series]:
    """Every connection has errors in one hour of 97, each in another one: in a month all have had some."""
    for number, (agency, target) in enumerate(_identities()):
        named = f'sloth_id="{agency}/{target}-availability",sloth_service="{agency}/{target}",sloth_slo="availability"'
        who = f'agency="{agency}",target="{target}"'
        yield (
            f"slo:down_{span}:seconds{{{who},{named}}}",
            lambda at, number=number: seconds if (at // HOUR + number) % 97 == 0 else None,
        )
        yield (
            f"slo:uncounted_{span}:seconds{{{who}}}",
            lambda at, number=number: 0 if (at // HOUR + number) % 97 == 0 else None,
        )


def _agencies(name: str, seconds: int) -> Iterator[Series]:
    for agency in (NATIONAL, *agencies()):
        yield f'{name}{{agency="{agency}"}}', lambda at: seconds


def _availability(name: str) -> Iterator[Series]:
    for agency in (NATIONAL, *agencies()):
        yield f'{name}{{agency="{agency}"}}', lambda at: 0.99 if at // HOUR % 7 else 0.95


def _impaired() -> Iterator[Series]:
    for agency, target in _identities():
        if crc32(f"{agency}/{target}".encode()) % 100 == 0:
            yield f'connection:impaired:status{{agency="{agency}",target="{target}"}}', lambda at: 0
            yield f'connection:maintenance:max{{agency="{agency}",target="{target}"}}', lambda at: 0


def _counted() -> Iterator[Series]:
    agency, _, target = HUB.partition("/")
    for link in links():
        yield f"datashare_connection_calls_total{{{_called(link)},{SCRAPED}}}", lambda at: 0
    for number in range(COLLECTORS):
        who = f'agency="{agency}",target="{target}",check="usage-{number}"'
        for consumer in sorted({one.consumer for one in links()}):
            for outcome in ("ok", "server_error"):
                labels = f'{who},consumer="{consumer}",outcome="{outcome}"'
                yield f"datashare_check_calls_total{{{labels},{SCRAPED}}}", lambda at: 0


def _calls() -> Iterator[Series]:
    for link in links():
        before = 1_000_000 if crc32(link.id.encode()) % 100 == DROPPED else 1000
        yield f"connection:calls:increase1h{{{_called(link)}}}", lambda at, before=before: before


def _called(link: Connection) -> str:
    agency, _, target = link.id.partition("/")
    ends = f'consumer="{link.consumer}",provider="{link.provider}"'
    return f'agency="{agency}",target="{target}",{ends},owner="{owner_of(link)}"'


INSTANCE = "country"
SCRAPED = f'instance="{INSTANCE}",job="datashare-monitor"'
