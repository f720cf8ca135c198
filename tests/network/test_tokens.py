"""A token is fetched once, kept until shortly before it expires, and never handed to another plugin."""

import asyncio

import pytest
from fakeclock import FakeClock

from monitor.network.tokens import KEPT, PluginTokens, TokenStore
from monitor.observation import Reason
from monitor.plugin import ProbeError


class Issuer:
    def __init__(self, lifetime=3600.0):
        self.lifetime = lifetime
        self.issued = 0

    async def __call__(self):
        self.issued += 1
        number = self.issued
        await asyncio.sleep(0)
        return f"token-{number}", self.lifetime


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def store(clock):
    return TokenStore(clock)


async def test_of_many_at_once_one_fetches(store):
    issuer = Issuer()
    tokens = PluginTokens(store, "oauth2")

    got = await asyncio.gather(*(tokens.get("a", issuer) for _ in range(50)))

    assert (set(got), issuer.issued) == ({"token-1"}, 1)


@pytest.mark.parametrize(("lifetime", "good", "bad"), [(3600.0, 3569, 3571), (100.0, 89, 91), (10.0, 8.9, 9.1)])
async def test_a_token_is_used_until_shortly_before_it_expires(store, clock, lifetime, good, bad):
    issuer = Issuer(lifetime)
    tokens = PluginTokens(store, "oauth2")
    await tokens.get("a", issuer)

    clock.advance(good)
    assert await tokens.get("a", issuer) == "token-1"
    clock.advance(bad - good)
    assert await tokens.get("a", issuer) == "token-2"


@pytest.mark.parametrize("lifetime", [0.0, -5.0, float("nan"), float("inf")])
async def test_a_lifetime_that_makes_no_sense_keeps_nothing(store, lifetime):
    issuer = Issuer(lifetime)
    tokens = PluginTokens(store, "oauth2")

    assert [await tokens.get("a", issuer), await tokens.get("a", issuer)] == ["token-1", "token-2"]


async def test_plugins_and_keys_are_apart(store):
    issuer = Issuer()

    got = [
        await PluginTokens(store, "oauth2").get("a", issuer),
        await PluginTokens(store, "other").get("a", issuer),
        await PluginTokens(store, "oauth2").get("b", issuer),
    ]

    assert got == ["token-1", "token-2", "token-3"]


async def test_a_refused_token_is_forgotten(store):
    issuer = Issuer()
    tokens = PluginTokens(store, "oauth2")
    await tokens.get("a", issuer)

    tokens.forget("a")
    tokens.forget("never-there")

    assert await tokens.get("a", issuer) == "token-2"


async def test_a_token_that_was_replaced_meanwhile_is_kept(store):
    issuer = Issuer()
    tokens = PluginTokens(store, "oauth2")
    refused = await tokens.get("a", issuer)

    tokens.forget("a", refused)
    await tokens.get("a", issuer)
    tokens.forget("a", refused)

    assert await tokens.get("a", issuer) == "token-2"


async def test_a_failure_is_everybodys_who_waited_and_nobodys_after(store):
    calls = 0

    async def failing():
        nonlocal calls
        calls += 1
        await asyncio.sleep(0)
        raise ProbeError(Reason.UNAUTHORIZED, "no")

    tokens = PluginTokens(store, "oauth2")

    got = await asyncio.gather(*(tokens.get("a", failing) for _ in range(5)), return_exceptions=True)

    assert [each.reason for each in got] == [Reason.UNAUTHORIZED] * 5
    assert calls == 1
    assert await tokens.get("a", Issuer()) == "token-1"


async def test_when_the_one_who_fetches_is_cancelled_another_takes_over(store):
    started = asyncio.Event()

    async def stalled():
        started.set()
        await asyncio.sleep(60)
        return "never", 1.0

    tokens = PluginTokens(store, "oauth2")
    first = asyncio.create_task(tokens.get("a", stalled))
    await started.wait()
    second = asyncio.create_task(tokens.get("a", Issuer()))
    await asyncio.sleep(0)

    first.cancel()

    assert await asyncio.wait_for(second, 1) == "token-1"


async def test_tokens_do_not_pile_up(store):
    issuer = Issuer()
    tokens = PluginTokens(store, "oauth2")

    for number in range(KEPT + 10):
        await tokens.get(str(number), issuer)

    assert len(store._kept) == KEPT
