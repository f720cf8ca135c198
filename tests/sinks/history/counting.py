"""``python counting.py FILE``: counts as fast as it can, and remembers how far it came, until it is killed."""

import asyncio
import sys
from pathlib import Path

from sinks.history.scene import CALLS, check, outcome, replaced

from monitor.clock import SystemClock
from monitor.sinks.history import Ledger
from monitor.vitals import Vitals


async def count(file: Path) -> None:
    ledger = Ledger(file, SystemClock(), Vitals(), lambda *_: None)
    ledger(replaced(check()))
    await ledger.start()
    print("counting", flush=True)
    while True:
        at = int(ledger.read("ha-noi/lgsp/calls") or b"0") + 1
        ledger(outcome(CALLS(1, consumer="hue"), CALLS(at, consumer="ho-chi-minh"), memory=b"%d" % at))
        await asyncio.sleep(0)


asyncio.run(count(Path(sys.argv[1])))
