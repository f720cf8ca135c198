"""An API behind a token is judged on its own: token and call apart, each refusal with its reason and its owner."""

import asyncio
import base64
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import unquote_plus, urlencode

import datashare_monitor_oauth2
import pytest
from aiohttp import web
from datashare_monitor_oauth2 import OAuth2Probe
from datashare_monitor_oauth2.readings import FETCHED, REVOKED, TOKEN_LIFETIME
from remains import nothing, remains

from monitor.plugin import FaultDomain, Reason, Status
from monitor.testing import assert_conforms, configured, dripping, look, refused, run, serve, serve_tls, stalled
from monitor.testing.looks import looking

CLIENT, SECRET = "lgsp client", "canary secret&="
FORM = "application/x-www-form-urlencoded"
TIMEOUT = timedelta(milliseconds=400)
MARGIN_SECONDS = 0.25


@dataclass
class Gateway:
    """An API and the server of its tokens; a request that RFC 6749 or 6750 does not allow is refused."""

    token_status: int = 200
    token_answer: Any = None
    token_type: str = "application/json"
    token_delay: float = 0.0
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=lambda: {"error_code": 0, "waiting": 3})
    valid: set[str] = field(default_factory=set)
    tokens: int = 0
    calls: list[str] = field(default_factory=list)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        return await (self.token(request) if request.path == "/token" else self.api(request))

    async def token(self, request: web.Request) -> web.StreamResponse:
        self.tokens += 1
        await asyncio.sleep(self.token_delay)
        if self.token_status != 200 or self.token_answer is not None:
            answer = b"" if self.token_answer is None else self.token_answer
            if isinstance(answer, bytes):
                return web.Response(status=self.token_status, body=answer, headers={"Content-Type": self.token_type})
            return web.json_response(answer, status=self.token_status)
        if request.method != "POST" or request.content_type != FORM:
            return web.json_response({"error": "invalid_request"}, status=400)
        if dict(await request.post()) != {"grant_type": "client_credentials", "scope": "population.read"}:
            return web.json_response({"error": "invalid_request"}, status=400)
        if self.client(request) != (CLIENT, SECRET):
            return web.json_response({"error": "invalid_client"}, status=401, headers={"WWW-Authenticate": "Basic"})
        text = f"canary-token-{self.tokens}"
        self.valid.add(text)
        return web.json_response(
            {"access_token": text, "token_type": "Bearer", "expires_in": 3600},
            headers={"Cache-Control": "no-store"},
        )

    def client(self, request: web.Request) -> tuple[str, ...]:
        kind, _, pair = request.headers.get("Authorization", "").partition(" ")
        return tuple(map(unquote_plus, base64.b64decode(pair).decode().split(":"))) if kind == "Basic" else ()

    async def api(self, request: web.Request) -> web.StreamResponse:
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        self.calls.append(text)
        if len(request.headers.getall("Authorization", ())) != 1 or kind != "Bearer" or text not in self.valid:
            return web.Response(status=401, headers={"WWW-Authenticate": 'Bearer realm="x", error="invalid_token"'})
        return web.json_response(self.body, status=self.status, headers=self.headers)


def settings_for(url, folder, token_url=None, **options):
    (folder / "secret").write_text(SECRET)
    oauth2 = {
        "client_id": CLIENT,
        "client_secret": {"file": str(folder / "secret")},
        "token_url": token_url or f"{url}/token",
        "scopes": ["population.read"],
    }
    return {"target": f"{url}/api", "oauth2": {**oauth2, **options.pop("oauth2", {})}, **options}


@asynccontextmanager
async def gateway(folder, **options):
    served = Gateway()
    async with serve(served.respond) as url:
        yield served, configured(OAuth2Probe, settings_for(url, folder, **options))


def values(outcome_or_seen):
    seen = getattr(outcome_or_seen, "observation", outcome_or_seen)
    return {reading.measure.name: reading.value for reading in seen.readings}


async def test_plugin_conforms(tmp_path):
    (tmp_path / "secret").write_text(SECRET)

    def probe(address):
        return configured(OAuth2Probe, settings_for(f"http://{address}", tmp_path))

    await assert_conforms(datashare_monitor_oauth2, probe)


async def test_an_api_that_answers_is_up_and_token_and_call_are_timed_apart(tmp_path):
    async with gateway(tmp_path, readings={"waiting_records": "waiting"}) as (served, probe):
        served.token_delay = 0.2
        outcome = await run(probe)

    seen = values(outcome)
    assert (outcome.observation.status, outcome.observation.detail) == (Status.UP, "answered 200")
    assert seen["probe_oauth2_token_seconds"] >= 0.2 > seen["probe_api_seconds"]
    assert outcome.phases["token"] >= 0.2 > sum(took for name, took in outcome.phases.items() if name != "token")
    assert seen["probe_waiting_records"] == 3
    assert {FETCHED(1), REVOKED(0), TOKEN_LIFETIME(3600)} <= set(outcome.observation.readings)


async def test_runs_leave_nothing(tmp_path):
    async with gateway(tmp_path, readings={"waiting_records": "waiting"}) as (served, probe):
        right = await remains(probe)
        served.token_status, served.token_answer = 401, {"error": "invalid_client"}
        wrong = await remains(probe)

    assert right == nothing("up")
    assert wrong == nothing("down unauthorized")


async def test_over_tls_the_certificate_of_the_api_is_measured(tmp_path):
    served = Gateway()
    async with serve_tls(served.respond) as server:
        trust = {"tls_config": {"ca_file": server.ca_file}}
        seen = await look(
            configured(OAuth2Probe, settings_for(server.url, tmp_path, oauth2=trust, **trust)),
        )
        untrusting = await look(configured(OAuth2Probe, settings_for(server.url, tmp_path, **trust)))

    assert seen.status is Status.UP
    assert values(seen)["probe_ssl_earliest_cert_expiry"] == server.not_after.timestamp()
    assert untrusting.reason is Reason.CERTIFICATE_UNTRUSTED


async def test_a_token_is_kept_and_then_not_measured(tmp_path):
    async with gateway(tmp_path) as (served, probe), looking() as run_once:
        await run_once(probe)
        second = await run_once(probe)

    assert served.tokens == 1
    assert served.calls == ["canary-token-1"] * 2
    assert values(second)["probe_oauth2_token_fetched"] == 0
    assert "probe_oauth2_token_seconds" not in values(second)


async def test_a_token_that_lives_no_longer_is_fetched_anew(tmp_path):
    async with gateway(tmp_path) as (served, probe), looking() as run_once:
        served.token_answer = {"access_token": "short", "token_type": "bearer", "expires_in": 0}
        served.valid.add("short")
        await run_once(probe)
        await run_once(probe)

    assert served.tokens == 2


async def test_a_token_revoked_early_is_renewed_once_and_the_detail_says_so(tmp_path):
    async with gateway(tmp_path) as (served, probe), looking() as run_once:
        await run_once(probe)
        served.valid.clear()
        seen = await run_once(probe)

    assert seen.observation.status is Status.UP
    assert seen.observation.detail == "answered 200; the token kept was refused before its time, and renewed"
    assert served.calls == ["canary-token-1", "canary-token-1", "canary-token-2"]
    assert {REVOKED(1), FETCHED(1)} <= set(seen.observation.readings)


async def test_a_token_refused_when_new_is_not_renewed_again(tmp_path):
    async with gateway(tmp_path) as (served, probe), looking() as run_once:
        served.token_answer = {"access_token": "canary-never", "token_type": "bearer", "expires_in": 60}
        seen = (await run_once(probe)).observation
        await run_once(probe)

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, Reason.UNAUTHORIZED, FaultDomain.CONSUMER)
    assert seen.detail == "answered 401 (invalid_token), expected 2xx, with a token that was just fetched"
    assert len(served.calls) == served.tokens == 2


async def test_two_checks_with_the_same_credentials_share_a_token(tmp_path):
    async with gateway(tmp_path) as (served, probe), looking() as run_once:
        await asyncio.gather(run_once(probe), run_once(probe))

    assert served.tokens == 1


@pytest.mark.parametrize(
    ("status", "headers", "reason", "fault", "detail"),
    [
        (401, {}, Reason.UNAUTHORIZED, FaultDomain.CONSUMER, "answered 401, expected 2xx, with a token that was just"),
        (403, {}, Reason.FORBIDDEN, FaultDomain.PROVIDER, "answered 403, expected 2xx"),
        (
            403,
            {"WWW-Authenticate": 'Bearer error="insufficient_scope", scope="canary"'},
            Reason.FORBIDDEN,
            FaultDomain.PROVIDER,
            "answered 403 (insufficient_scope), expected 2xx",
        ),
        (429, {"Retry-After": "30"}, Reason.THROTTLED, FaultDomain.HUB, "answered 429 (retry after 30 s), expected"),
        (429, {"Retry-After": "canary"}, Reason.THROTTLED, FaultDomain.HUB, "answered 429, expected 2xx"),
        (500, {}, Reason.STATUS, None, "answered 500, expected 2xx"),
    ],
)
async def test_each_refusal_has_its_reason_and_its_owner(status, headers, reason, fault, detail, tmp_path):
    async with gateway(tmp_path) as (served, probe):
        served.status, served.headers = status, headers
        seen = await look(probe)

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, reason, fault)
    assert seen.detail.startswith(detail)
    assert "canary" not in repr(seen)
    assert values(seen)["probe_http_status_code"] == status


async def test_owners_are_what_the_platform_says(tmp_path):
    owners = {"forbidden": "hub", "throttled": "consumer"}
    async with gateway(tmp_path, owners=owners) as (served, probe):
        served.status = 403
        forbidden = await look(probe)
        served.status = 429
        throttled = await look(probe)

    assert (forbidden.fault, throttled.fault) == (FaultDomain.HUB, FaultDomain.CONSUMER)


async def test_wrong_credentials_are_the_consumers_fault(tmp_path):
    async with gateway(tmp_path, oauth2={"client_id": "somebody else"}) as (served, probe):
        seen = await look(probe)

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, Reason.UNAUTHORIZED, FaultDomain.CONSUMER)
    assert seen.detail == "the token's server answered 401 (invalid_client), expected 2xx"
    assert not served.calls


@pytest.mark.parametrize(
    ("status", "answer", "reason", "fault"),
    [
        (400, {"error": "invalid_client"}, Reason.UNAUTHORIZED, FaultDomain.CONSUMER),
        (400, {"error": "invalid_grant"}, Reason.UNAUTHORIZED, FaultDomain.CONSUMER),
        (400, {"error": "unauthorized_client"}, Reason.FORBIDDEN, FaultDomain.PROVIDER),
        (400, {"error": "invalid_scope", "error_description": "canary"}, Reason.FORBIDDEN, FaultDomain.PROVIDER),
        (400, {"error": "slow_down"}, Reason.THROTTLED, FaultDomain.HUB),
        (400, {"error": "unsupported_grant_type"}, Reason.STATUS, None),
        (400, {"error": "canary"}, Reason.STATUS, None),
        (200, {"error": "invalid_client"}, Reason.UNAUTHORIZED, FaultDomain.CONSUMER),
        (429, {"error": "server_error"}, Reason.THROTTLED, FaultDomain.HUB),
        (503, b"<html>canary</html>", Reason.STATUS, None),
        (200, b"[" * 60_000, Reason.CONTENT, None),
        (200, b"\xff\xfe canary", Reason.CONTENT, None),
        (200, {"access_token": "canary token", "token_type": "bearer"}, Reason.CONTENT, None),
        (200, {"access_token": "canary", "token_type": "mac"}, Reason.CONTENT, None),
        (200, b" " * 70_000, Reason.TOO_LARGE, None),
    ],
)
async def test_no_token_has_its_reason_and_its_owner(status, answer, reason, fault, tmp_path):
    async with gateway(tmp_path) as (served, probe):
        served.token_status, served.token_answer = status, answer
        seen = await look(probe)

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, reason, fault)
    assert "canary" not in repr(seen)
    assert not served.calls


@pytest.mark.parametrize("suffix", ["", "; charset=UTF-8"])
async def test_a_token_may_come_as_a_form(suffix, tmp_path):
    async with gateway(tmp_path) as (served, probe):
        served.token_answer = urlencode({"access_token": "a-form", "token_type": "bearer", "expires_in": 900}).encode()
        served.token_type = FORM + suffix
        served.valid.add("a-form")
        seen = await look(probe)

    assert seen.status is Status.UP
    assert values(seen)["probe_oauth2_token_lifetime_seconds"] == 900


async def test_an_error_may_come_as_a_form(tmp_path):
    async with gateway(tmp_path) as (served, probe):
        served.token_status, served.token_answer, served.token_type = 400, b"error=invalid_client&x=canary", FORM
        seen = await look(probe)

    assert (seen.reason, seen.fault) == (Reason.UNAUTHORIZED, FaultDomain.CONSUMER)


@pytest.mark.parametrize("form", [b"&" * 60_000, b"\xff=1", b"a=1&" * 1000])
async def test_a_hostile_form_is_no_token(form, tmp_path):
    async with gateway(tmp_path) as (served, probe):
        served.token_answer, served.token_type = form, FORM
        seen = await look(probe)

    assert seen.reason is Reason.CONTENT


async def test_a_body_that_says_otherwise_is_down(tmp_path):
    rules = [{"json": "error_code", "equals": 0, "reason": "service_fault"}]
    async with gateway(tmp_path, assertions=rules) as (served, probe):
        served.body = {"error_code": 17, "message": "canary"}
        seen = await look(probe)

    assert (seen.status, seen.reason) == (Status.DOWN, Reason.SERVICE_FAULT)
    assert "canary" not in repr(seen)


async def test_a_secret_that_the_api_repeats_is_masked(tmp_path):
    rules = [{"json": "said", "equals": "well"}]
    async with gateway(tmp_path, assertions=rules) as (served, probe):
        served.body = {"said": f"canary-token-1 {SECRET} {base64.b64encode(SECRET.encode()).decode()}"}
        seen = await look(probe)

    assert seen.detail == """said == well (was a text)"""


async def test_slow_tokens_and_slow_answers_are_told_apart(tmp_path):
    async with gateway(tmp_path, token_degraded_over="150ms", degraded_over="150ms") as (served, probe):
        served.token_delay = 0.2
        seen = await look(probe)

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.SLOW)
    assert seen.detail.startswith("the token took 0.2")


async def test_a_redirect_gets_no_token_elsewhere(tmp_path):
    asked = []

    async def trap(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Authorization"))
        return web.Response()

    async with serve(trap) as elsewhere, gateway(tmp_path) as (served, probe):
        served.status, served.headers = 302, {"Location": f"{elsewhere}/x"}
        seen = await look(probe)

    assert asked == [None]
    assert seen.status is Status.UP


@pytest.mark.parametrize("broken", [stalled, dripping, refused])
@pytest.mark.parametrize("stage", ["token", "api"])
async def test_each_stage_ends_by_the_deadline(stage, broken, tmp_path):
    served = Gateway()
    async with serve(served.respond) as url, broken() as address:
        api, token = (f"http://{address}", f"{url}/token") if stage == "api" else (url, f"http://{address}/token")
        probe = configured(OAuth2Probe, settings_for(api, tmp_path, token_url=token))
        outcome = await run(probe, within=TIMEOUT)

    assert outcome.observation.status is Status.DOWN
    assert outcome.duration_seconds < TIMEOUT.total_seconds() + MARGIN_SECONDS
    assert ("probe_oauth2_token_seconds" in values(outcome)) is (stage == "api")


async def test_a_secret_that_cannot_be_read_is_our_fault(tmp_path):
    async with gateway(tmp_path, oauth2={"client_secret": {"file": str(tmp_path / "gone")}}) as (served, probe):
        seen = await look(probe)

    assert (seen.status, seen.reason, seen.fault) == (Status.UNKNOWN, Reason.SECRET, FaultDomain.MONITOR)
    assert served.tokens == 0


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"headers": {"authorization": "Bearer x"}}, "the header Authorization carries the token; leave it out"),
        ({"method": "get"}, "write GET"),
        ({"owners": {"forbidden": "monitor"}}, "'consumer', 'hub' or 'provider'"),
        ({"readings": {"api_seconds": "a"}}, "would be probe_api_seconds, which the monitor itself reports"),
        ({"valid_status_codes": ["2x"]}, '"2x" is no status code'),
        ({"degraded_over": "3s", "down_over": "2s"}, "degraded_over must be less than down_over"),
        ({"body_size_limit": "5MiB"}, "4MiB at most"),
        ({"headers": {"X-Key": "a"}, "http_headers": {"x-key": {"values": ["b"]}}}, "write it once"),
        ({"oauth2": {"client_secret": None}}, "write client_secret or client_secret_file"),
        ({"tokens": 3}, "tokens"),
    ],
)
def test_configuration_that_makes_no_sense_is_refused(options, problem, tmp_path):
    with pytest.raises(ValueError, match="(?s)" + problem.replace("(", r"\(")):
        configured(OAuth2Probe, settings_for("http://lgsp.example", tmp_path, **options))
