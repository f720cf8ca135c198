"""Access tokens are fetched once, kept, replaced when refused, timed apart, and never shown."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from datashare_monitor_http import HttpProbe

from monitor.clock import SystemClock
from monitor.engine import Engine
from monitor.engine.worker import Workers
from monitor.network import Network
from monitor.plugin import Reason, Status
from monitor.testing import configured, look, run, serve
from monitor.testing.looks import SETTINGS, check_of
from monitor.vitals import Vitals


@dataclass
class Gateway:
    """An API that wants a token, and the server that gives them."""

    answer: Any = None
    status: int = 200
    delay: float = 0.0
    accepted: set[str] = field(default_factory=set)
    asked: list[tuple[dict[str, str], str | None]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        if request.path != "/token":
            given = request.headers.get("Authorization", "")
            self.calls.append(given)
            return web.Response(status=200 if given.removeprefix("Bearer ") in self.accepted else 401)
        self.asked.append((dict(await request.post()), request.headers.get("Authorization")))
        await asyncio.sleep(self.delay)
        token = f"canary-{len(self.asked)}"
        self.accepted.add(token)
        answer = {"access_token": token, "expires_in": 3600} if self.answer is None else self.answer
        if isinstance(answer, bytes):
            return web.Response(status=self.status, body=answer)
        return web.json_response(answer, status=self.status)


@asynccontextmanager
async def gateway(folder, **options):
    """Serve a gateway; yields it and a probe of its API."""
    (folder / "secret").write_text("canary secret&=")
    served = Gateway()
    async with serve(served.respond) as url:
        oauth2 = {"client_id": "l g", "client_secret_file": str(folder / "secret"), "token_url": f"{url}/token"}
        yield served, configured(HttpProbe, {"target": f"{url}/api", "oauth2": {**oauth2, **options}})


@asynccontextmanager
async def looking():
    """Yield a function that runs a probe; tokens are kept from run to run, as in the daemon."""
    clock, vitals = SystemClock(), Vitals()
    network = Network(SETTINGS, clock, vitals)
    engine = Engine(SETTINGS, clock, vitals, network, Workers(SETTINGS, clock, vitals), lambda _: None)
    yield lambda probe: engine.run_once(check_of(probe, timedelta(seconds=5)))
    await engine.stop(timedelta(0))
    await network.close()


async def test_credentials_go_in_the_header_and_the_rest_in_the_form(tmp_path):
    async with gateway(tmp_path, scopes=["a", "b"], endpoint_params={"audience": "x"}) as (served, probe):
        seen = await look(probe)

    assert seen.status is Status.UP
    form = {"grant_type": "client_credentials", "audience": "x", "scope": "a b"}
    assert served.asked == [(form, "Basic bCtnOmNhbmFyeStzZWNyZXQlMjYlM0Q=")]
    assert served.calls == ["Bearer canary-1"]


async def test_credentials_may_go_among_the_parameters(tmp_path):
    async with gateway(tmp_path, auth_style="params") as (served, probe):
        await look(probe)

    form = {"grant_type": "client_credentials", "client_id": "l g", "client_secret": "canary secret&="}
    assert served.asked == [(form, None)]


async def test_a_token_is_kept(tmp_path):
    async with gateway(tmp_path) as (served, probe), looking() as run_once:
        await run_once(probe)
        await run_once(probe)

    assert served.calls == ["Bearer canary-1", "Bearer canary-1"]
    assert len(served.asked) == 1


async def test_a_refused_token_is_replaced_once(tmp_path):
    async with gateway(tmp_path) as (served, probe), looking() as run_once:
        await run_once(probe)
        served.accepted.clear()
        outcome = await run_once(probe)

    assert outcome.observation.status is Status.UP
    assert served.calls == ["Bearer canary-1", "Bearer canary-1", "Bearer canary-2"]


async def test_a_new_token_that_is_refused_is_not_tried_again(tmp_path):
    async with gateway(tmp_path) as (served, probe), looking() as run_once:
        served.answer = {"access_token": "refused", "expires_in": 3600}
        first = await run_once(probe)
        await run_once(probe)

    assert first.observation.reason is Reason.UNAUTHORIZED
    assert len(served.calls) == len(served.asked) == 2


async def test_a_new_secret_fetches_a_new_token(tmp_path):
    async with gateway(tmp_path) as (served, probe), looking() as run_once:
        await run_once(probe)
        (tmp_path / "secret").write_text("another one")
        await run_once(probe)

    assert served.calls == ["Bearer canary-1", "Bearer canary-2"]


async def test_the_token_is_timed_apart(tmp_path):
    async with gateway(tmp_path) as (served, probe):
        served.delay = 0.2
        outcome = await run(probe)

    assert outcome.phases["token"] >= 0.2
    assert sum(seconds for phase, seconds in outcome.phases.items() if phase != "token") < 0.2


async def test_a_slow_token_is_not_a_slow_answer(tmp_path):
    async with gateway(tmp_path) as (served, probe):
        served.delay = 0.2
        settings = {"target": probe.target, "degraded_over": "150ms"}
        slow = configured(HttpProbe, settings)
        seen = await look(type(probe)(**{**vars(probe), "degraded_over": slow.degraded_over}))

    assert seen.status is Status.UP


@pytest.mark.parametrize(
    ("status", "answer", "reason", "detail"),
    [
        (401, {"error": "invalid_client"}, Reason.UNAUTHORIZED, "the token's server answered 401 (invalid_client)"),
        (400, {"error": "invalid_client"}, Reason.UNAUTHORIZED, "the token's server answered 400 (invalid_client)"),
        (400, {"error": "canary secret&="}, Reason.STATUS, "the token's server answered 400, expected 2xx"),
        (403, b"", Reason.FORBIDDEN, "the token's server answered 403"),
        (429, b"", Reason.THROTTLED, "the token's server answered 429"),
        (503, b"[" * 60_000, Reason.STATUS, "the token's server answered 503"),
        (200, b"[" * 60_000, Reason.CONTENT, "no access_token that can be used"),
        (200, b"canary", Reason.CONTENT, "no access_token that can be used"),
        (200, [], Reason.CONTENT, "no access_token that can be used"),
        (200, {"access_token": "canary\r\nX: y"}, Reason.CONTENT, "no access_token that can be used"),
        (200, {"access_token": 5}, Reason.CONTENT, "no access_token that can be used"),
        (200, {"access_token": "canary", "token_type": "mac"}, Reason.CONTENT, "not of the type Bearer"),
        (200, b" " * 70_000, Reason.TOO_LARGE, "over 65536 bytes"),
        (302, b"", Reason.STATUS, "the token's server answered 302"),
    ],
)
async def test_no_token_has_its_own_reason(status, answer, reason, detail, tmp_path):
    async with gateway(tmp_path) as (served, probe):
        served.status, served.answer = status, answer
        seen = await look(probe)

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert detail in seen.detail
    assert "canary" not in repr(seen)
    assert not served.calls


@pytest.mark.parametrize("expires", ["3600", 1e999, -5, None, "x" * 100, [], True])
async def test_a_strange_lifetime_breaks_nothing(expires, tmp_path):
    async with gateway(tmp_path) as (served, probe):
        served.answer = {"access_token": "t0ken", "token_type": "Bearer", "expires_in": expires}
        served.accepted.add("t0ken")
        seen = await look(probe)

    assert seen.status is Status.UP


async def test_the_token_may_be_fetched_through_a_proxy_of_its_own(tmp_path):
    (tmp_path / "proxy").write_text("canary pass")
    heads: list[tuple[str, str | None]] = []

    async def carry_out(request: web.Request) -> web.Response:
        heads.append((str(request.url), request.headers.get("Proxy-Authorization")))
        return web.json_response({"access_token": "canary-1", "expires_in": 3600})

    async with serve(carry_out) as proxy:
        account = {"username": "me", "password_file": str(tmp_path / "proxy")}
        through = {"token_url": "http://login.example/token", "proxy_url": proxy, "proxy_basic_auth": account}
        async with gateway(tmp_path, **through) as (served, probe):
            served.accepted.add("canary-1")
            seen = await look(probe)

    assert seen.status is Status.UP, seen.detail
    assert heads == [("http://login.example/token", "Basic bWU6Y2FuYXJ5IHBhc3M=")]
    assert served.calls == ["Bearer canary-1"]


async def test_the_proxy_of_the_check_is_not_the_tokens(tmp_path):
    asked: list[str] = []

    async def carry_out(request: web.Request) -> web.Response:
        asked.append(str(request.url))
        return web.Response()

    async with serve(carry_out) as proxy, gateway(tmp_path) as (served, probe):
        seen = await look(replace(probe, target="http://lgsp.example/api", proxy_url=proxy))

    assert seen.status is Status.UP, seen.detail
    assert (len(served.asked), asked) == (1, ["http://lgsp.example/api"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"proxy_url": "http://p.example", "proxy_from_environment": True}, "or proxy_from_environment, not both"),
        ({"proxy_basic_auth": {"username": "me"}}, "proxy_basic_auth belongs to proxy_url"),
        ({"proxy_url": "ldap://p.example"}, "is not a URL of a proxy"),
        ({"no_proxy": "a b"}, "separate them by commas"),
    ],
)
async def test_contradictions_about_its_proxy_are_refused(tmp_path, options, words):
    with pytest.raises(ValueError, match=words):
        async with gateway(tmp_path, **options):
            pass
