"""``python counting.py FILE [DAYS]``: counts as fast as it can, and remembers how far it came, until it is killed.

With ``DAYS`` each step is of a day of its own, of which so many are kept, and a programme is counted as well.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from sinks.history.scene import BEGAN, CALLS, check, outcome, replaced

from monitor.clock import SystemClock
from monitor.inventory import ProgrammeId
from monitor.sinks.history import DayCount, Ledger
from monitor.vitals import Vitals


async def count(file: Path, keep_days: int) -> None:
    ledger = Ledger(file, SystemClock(), Vitals(), lambda *_: None, keep_days=keep_days or 400)
    ledger(replaced(check()))
    await ledger.start()
    print("counting", flush=True)
    while True:
        at = int(ledger.read("ha-noi/lgsp/calls") or b"0") + 1
        readings = [CALLS(1, consumer="hue"), CALLS(at, consumer="ho-chi-minh")]
        if keep_days:
            day = BEGAN.date() + timedelta(days=at)
            readings = [one.on(day) for one in readings]
        ledger(outcome(*readings, memory=b"%d" % at))
        if keep_days:  # the writer may take what is above without it
            ledger.record(ProgrammeId("emc"), DayCount(day, at, 1e9))
        await asyncio.sleep(0)


asyncio.run(count(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
