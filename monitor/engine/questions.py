"""What the witnesses are asked: the gateway, the name servers and the peers of the configuration.

All of it goes through a vantage, so that the egress policy holds; a witness that may not be connected to cannot say.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from monitor.clock import Clock
from monitor.engine.explanation import explain
from monitor.engine.gateway import default_gateway, has_answered, has_carrier, read
from monitor.engine.needs import Network, RunVantage
from monitor.engine.witness import PEERS, Question, is_loopback
from monitor.inventory import Check, CheckId
from monitor.observation import Observation, Reason
from monitor.plugin.remote import UnavailableProbe
from monitor.settings import Settings

DISCARD_PORT = 9
DNS_PORT = 53
QUERY = b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + b"\x00" + b"\x00\x02\x00\x01"
"""Who serves the root? One question, recursion desired (RFC 1035 section 4.1), all but the number it begins with."""
ANSWERS = frozenset({Reason.REFUSED, Reason.DISCONNECTED, Reason.TLS, Reason.PROTOCOL})
"""Failures that only something alive can cause."""
SILENCE = frozenset({Reason.TIMEOUT, Reason.UNREACHABLE, Reason.DNS, Reason.NETWORK})
CHECK = Check(
    id=CheckId("monitor/network/witness"),
    kind="witness",
    plugin="monitor",
    probe=UnavailableProbe("asked by the engine itself"),
    every=timedelta(seconds=1),
    timeout=timedelta(seconds=1),
)


def questions(settings: Settings, network: Network, clock: Clock) -> dict[str, Question]:
    """Return the questions that the settings allow, by name."""
    wanted = settings.witnesses
    asked: dict[str, Question] = {}

    def vantage() -> RunVantage:
        return network.vantage(CHECK, clock.monotonic() + CHECK.timeout.total_seconds())

    if wanted.gateway:
        asked["gateway"] = lambda: gateway_answers(vantage)
    if wanted.resolver:
        asked["resolver"] = lambda: resolver_answers(vantage, settings.nameservers.servers)
    if wanted.peers:
        asked[PEERS] = lambda: any_of(knocks(vantage, host, port) for host, port in wanted.peers)
    return asked


async def gateway_answers(vantage: Callable[[], RunVantage]) -> bool | None:
    """Tell whether the default gateway is there: it takes or refuses a connection, or has a hardware address.

    Many gateways drop what is sent to them, so silence alone says nothing.
    """
    gateway = default_gateway(read("route"))
    if gateway is None:
        return None
    if has_carrier(gateway.interface) is False:
        return False
    try:
        async with asyncio.timeout(0.1):
            if await knocks(vantage, str(gateway.address), DISCARD_PORT):
                return True
    except TimeoutError:
        pass
    return False if has_answered(read("arp"), gateway) is False else None


async def resolver_answers(vantage: Callable[[], RunVantage], servers: Iterable[str]) -> bool | None:
    """Tell whether a name server answers anything at all; one on this machine says nothing about the network."""
    addresses = [split(server) for server in servers or system_servers()]
    return await any_of(asks(vantage, host, port) for host, port in addresses if not is_loopback(host))


async def any_of(answers: Iterable[Coroutine[Any, Any, bool | None]]) -> bool | None:
    """Return True as soon as one says so, False when all who can say are silent, None when nobody can."""
    tasks = [asyncio.ensure_future(answer) for answer in answers]
    said: list[bool | None] = []
    try:
        for task in asyncio.as_completed(tasks):
            said.append(await task)
            if said[-1]:
                return True
    finally:
        for left in tasks:
            left.cancel()
    return False if False in said else None


async def knocks(vantage: Callable[[], RunVantage], host: str, port: int) -> bool | None:
    """Tell whether something at this address takes or refuses a connection."""
    seen = vantage()
    try:
        async with seen.connect(host, port):
            return True
    except Exception as error:  # noqa: BLE001 - whatever it is, explain() knows
        return meaning(explain(error))
    finally:
        seen.close()


async def asks(vantage: Callable[[], RunVantage], host: str, port: int) -> bool | None:
    """Tell whether a name server answers a question, in whatever way."""
    seen = vantage()
    try:
        async with seen.datagrams(host, port) as datagrams:
            datagrams.send(os.urandom(2) + QUERY)
            await datagrams.receive()
            return True
    except Exception as error:  # noqa: BLE001 - whatever it is, explain() knows
        return meaning(explain(error))
    finally:
        seen.close()


def meaning(failure: Observation) -> bool | None:
    """Return what a failure says about the network: a refusal is an answer, a fault of our own process is none."""
    if failure.reason in ANSWERS:
        return True
    return False if failure.reason in SILENCE else None


def split(server: str) -> tuple[str, int]:
    """Return address and port of a name server as configured: ``10.0.0.1``, ``10.0.0.1:5353``, ``[fd00::1]:53``."""
    try:
        return str(ip_address(server)), DNS_PORT
    except ValueError:
        host, _, port = server.rpartition(":")
        return host.strip("[]"), int(port)


def system_servers(path: Path = Path("/etc/resolv.conf")) -> list[str]:
    """Return the name servers of the system."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return []
    return [fields[1] for line in lines if (fields := line.split())[:1] == ["nameserver"] and len(fields) > 1]
