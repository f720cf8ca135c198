"""What a process shares is made once and given back, and what hangs costs little."""

import asyncio
import gc
import socket
import time
from pathlib import Path

import pytest

RUNS = 300


def resident_kib():
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmRSS:")[2].split()[0])


@pytest.mark.parametrize(("scheme", "most_kib"), [("http", 15), ("https", 80)])
async def test_a_probe_that_hangs_costs_little_memory(networks, check, settled, scheme, most_kib):
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    silent.listen(2 * RUNS)
    network = networks()
    await network.start()

    def hang(count):
        vantage = network.vantage(check(), time.monotonic() + 60)
        url = f"{scheme}://127.0.0.1:{silent.getsockname()[1]}/"
        return [asyncio.create_task(vantage.http.request("GET", url)) for _ in range(count)]

    first = hang(20)
    await asyncio.sleep(0.1)
    gc.collect()
    before = resident_kib()
    tasks = hang(RUNS)
    await asyncio.sleep(0.7)
    gc.collect()
    each = (resident_kib() - before) / RUNS
    for task in (*first, *tasks):
        task.cancel()
    await asyncio.gather(*first, *tasks, return_exceptions=True)
    silent.close()

    assert each <= most_kib
    assert await settled() <= 0


async def test_it_can_be_closed_without_ever_having_been_used(networks):
    network = networks()

    await network.start()
    await network.close()
    await network.close()
