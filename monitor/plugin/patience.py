"""A wait that says what it waited for when the run is out of time."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import Vantage


@asynccontextmanager
async def in_time(vantage: Vantage, failure: str) -> AsyncIterator[None]:
    """End what is done within when the vantage's deadline comes.

    Args:
        vantage: Of the run; its deadline is a little before the engine abandons the run, of which it knows no more.
        failure: What a person reads then, such as "no greeting came in time".

    Raises:
        ProbeError: The deadline came (``Reason.TIMEOUT``).
    """
    limit = asyncio.timeout(vantage.deadline - time.monotonic())
    try:
        async with limit:
            yield
    except TimeoutError:
        if limit.expired():
            raise ProbeError(Reason.TIMEOUT, failure) from None
        raise  # the connection's own
