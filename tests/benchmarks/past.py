"""What Prometheus would remember of 10,000 connections: blocks made by promtool, for ranges that reach back."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from zlib import crc32

from tests.benchmarks.country import COLLECTORS, HUB, NATIONAL, agencies, links

MINUTE, HOUR, DAY = 60, 3600, 86_400
MONTH = 30 * DAY
ONE_BLOCK = "744h"
"""Blocks as large as promtool makes them: it reads the whole file again for each."""

DROPPED = 3
"""Of a hundred, by their number: who called a thousand times as much a week ago."""

Series = tuple[str, Callable[[int], float]]


def remember(folder: Path, data: Path, now: int) -> int:
    """Make blocks in ``data`` that end at ``now``, in Unix time; return how many samples they hold."""
    data.mkdir(parents=True, exist_ok=True)
    text, count = folder / "past.om", 0
    with text.open("w", buffering=1 << 20) as file:
        for series, first, last, step in remembered(now):
            for name, value in series:
                file.writelines(f"{name} {value(at)} {at}\n" for at in range(first, last, step))
                count += len(range(first, last, step))
        file.write("# EOF\n")
    command = ["promtool", "tsdb", "create-blocks-from", "openmetrics", f"--max-block-duration={ONE_BLOCK}", "--quiet"]
    subprocess.run([*command, str(text), str(data)], check=True, capture_output=True)
    text.unlink()
    shutil.rmtree(data / "wal", ignore_errors=True)
    return count


def remembered(now: int) -> Iterator[tuple[Iterator[Series], int, int, int]]:
    """Yield series with the first moment, the last and the step of their samples, as the rules would have left them."""
    yield _budgets("slo:sli_error:ratio_rate5m", "5m"), now - HOUR, now, 30
    yield _budgets("slo:sli_error_step:ratio_rate5m", "5m"), now - 6 * HOUR, now, 5 * MINUTE
    yield _budgets("slo:sli_error_hourly:ratio_rate1h", "1h"), now - 3 * DAY, now, HOUR
    yield _budgets("slo:sli_error_quarter:ratio_rate6h", "6h"), now - MONTH, now, 6 * HOUR
    yield _agencies("agency:availability_step:ratio_rate5m"), now - MONTH, now, 5 * MINUTE
    yield _agencies("agency:availability:ratio_rate5m"), now - DAY, now, 30
    yield _agencies("agency:unknown:ratio_rate5m"), now - DAY, now, 30
    yield _states(), now - HOUR, now, 30
    yield _transactions(), now - HOUR - 5 * MINUTE, now - HOUR + 20 * MINUTE, MINUTE
    yield _calls(), now - 7 * DAY - 5 * MINUTE, now - 7 * DAY + 20 * MINUTE, 3 * MINUTE
    yield _owners(), now - MONTH - 5 * MINUTE, now - MONTH + 20 * MINUTE, MINUTE


def _identities() -> Iterator[tuple[str, str]]:
    for link in links():
        agency, _, target = link.id.partition("/")
        yield agency, target


def _budgets(name: str, window: str) -> Iterator[Series]:
    for number, (agency, target) in enumerate(_identities()):
        rest = f'sloth_service="{agency}/{target}",sloth_slo="availability",sloth_window="{window}"'
        labels = f'agency="{agency}",target="{target}",sloth_id="{agency}/{target}-availability",{rest}'
        yield f"{name}{{{labels}}}", lambda at, number=number: 0.2 if (at // HOUR + number) % 97 == 0 else 0


def _agencies(name: str) -> Iterator[Series]:
    for agency in (NATIONAL, *agencies()):
        yield f'{name}{{agency="{agency}"}}', lambda at: 0.99 if at // HOUR % 7 else 0.95


def _states() -> Iterator[Series]:
    for agency, target in _identities():
        yield f'connection:status:min{{agency="{agency}",target="{target}"}}', lambda at: 2
        yield f'connection:maintenance:max{{agency="{agency}",target="{target}"}}', lambda at: 0


def _transactions() -> Iterator[Series]:
    agency, _, target = HUB.partition("/")
    for number, link in enumerate(links()):
        who = f'agency="{agency}",target="{target}",check="usage-{number % COLLECTORS}"'
        for outcome in ("ok", "server_error"):
            labels = f'{who},consumer="{link.consumer}",service="{link.provider}",outcome="{outcome}"'
            yield f"datashare_exchange_transactions_total{{{labels},{SCRAPED}}}", lambda at: 0


def _calls() -> Iterator[Series]:
    for agency, target in _identities():
        before = 1_000_000 if crc32(f"{agency}/{target}".encode()) % 100 == DROPPED else 1000
        yield f'connection:calls:increase1h{{agency="{agency}",target="{target}"}}', lambda at, before=before: before


def _owners() -> Iterator[Series]:
    for link in links():
        agency, _, target = link.id.partition("/")
        ends = (
            f'connection="{link.id}",consumer="{link.consumer}",provider="{link.provider}",via="{",".join(link.via)}"'
        )
        labels = f'agency="{agency}",target="{target}",owner="{agency}/duty",stage="live",{ends}'
        yield f"connection:owner:info{{{labels}}}", lambda at: 1


SCRAPED = 'job="datashare-monitor"'
