"""What ends a start is named for what it is: an address that is taken is one thing, a fault of ours another."""

import asyncio
import socket
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest

from monitor.config import Loaded
from monitor.daemon import Daemon, NotListeningError
from monitor.inventory import Inventory
from monitor.settings import Settings, Web


class Deaf:
    watchdog = None

    def tell(self, *states):
        raise OSError(5, "Input/output error")


def daemon(port: int, address: str = "127.0.0.1") -> Daemon:
    settings = replace(Settings(), web=Web(address=ip_address(address), port=port))
    return Daemon(Path("nowhere"), settings, asyncio.Event())


@pytest.mark.parametrize(("address", "written"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
async def test_an_address_that_is_taken_is_named_with_a_remedy(address, written):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(NotListeningError) as failure:
            await daemon(port, address).run(Loaded(settings=Settings(), inventory=Inventory()))

    assert str(failure.value).startswith(f"cannot listen on {written}:{port}: ")
    assert str(failure.value).endswith("; name another address with --listen")


async def test_any_other_failure_is_not_blamed_on_the_address():
    broken = daemon(0)
    broken.supervisor = Deaf()

    with pytest.raises(OSError, match="Input/output error"):
        await broken.run(Loaded(settings=Settings(), inventory=Inventory()))
