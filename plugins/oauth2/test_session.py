"""HTTP 200 is no proof: a session is kept or ended, never piled up, and codes in a body decide."""

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from datashare_monitor_oauth2 import SessionProbe
from datashare_monitor_oauth2.readings import LOGINS, LOGOUT_FAILED, LOST
from remains import nothing, remains

from monitor.plugin import FaultDomain, Reason, Status
from monitor.testing import configured, dripping, look, run, serve, stalled
from monitor.testing.looks import looking

PASSWORD = 'canary "pass\\word"'
DSTCODE = "VN:GOV:000-00-01"
TIMEOUT = timedelta(milliseconds=400)
MARGIN_SECONDS = 0.25


@dataclass
class Portal:
    """A portal's adapter: strict about its login, the session and the ``dstcode`` header of a call."""

    uses_cookie: bool = False
    login_status: int = 200
    login_answer: Any = None
    status: int = 200
    answer: Any = field(default_factory=lambda: {"error_code": 0, "result": [1, 2]})
    logout_status: int = 200
    call_delay: float = 0.0
    logout_delay: float = 0.0
    logins: int = 0
    calls: int = 0
    open: set[str] = field(default_factory=set)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        if request.method != "POST":
            return web.Response(status=405)
        return await {"/login": self.login, "/call": self.call, "/logout": self.logout}[request.path](request)

    async def login(self, request: web.Request) -> web.StreamResponse:
        self.logins += 1
        if self.login_status != 200 or self.login_answer is not None:
            return web.json_response(self.login_answer, status=self.login_status)
        if request.content_type != "application/json":
            return web.json_response({"error_code": 415})
        if await request.json() != {"username": "monitor", "password": PASSWORD, "remember": False}:
            return web.json_response({"error_code": 401, "message": "canary"})
        session = f"canary-session-{self.logins}"
        self.open.add(session)
        answer = web.json_response({"error_code": "0", "session": session})
        if self.uses_cookie:
            answer.set_cookie("JSESSIONID", session, httponly=True)
        return answer

    async def call(self, request: web.Request) -> web.StreamResponse:
        self.calls += 1
        await asyncio.sleep(self.call_delay)
        if request.headers.getall("dstcode", []) != [DSTCODE]:
            return web.json_response({"error_code": 12, "message": "canary"})
        asked = json.loads(await request.text())
        if asked != {"session": self.session(request, asked), "service": "DanhSachHoSo"}:
            return web.json_response({"error_code": 13})
        if self.session(request, asked) not in self.open:
            return web.json_response({"error_code": -2, "message": "canary"})
        if isinstance(self.answer, bytes):
            return web.Response(status=self.status, body=self.answer)
        return web.json_response(self.answer, status=self.status)

    def session(self, request: web.Request, asked: dict) -> str:
        return request.cookies.get("JSESSIONID", "") if self.uses_cookie else asked.get("session", "")

    async def logout(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(self.logout_delay)
        if self.logout_status == 200:
            self.open.remove(request.headers["Session"])
        return web.Response(status=self.logout_status)


def settings_for(url, folder, **options):
    (folder / "password").write_text(PASSWORD)
    login = {
        "url": f"{url}/login",
        "fields": {"username": "monitor", "password": {"file": str(folder / "password")}, "remember": False},
        "session": "session",
    }
    code = {"lost": [-2], "reasons": {"12": "forbidden", "-9": "maintenance"}}
    return {
        "target": f"{url}/call",
        "login": {**login, "error_code": {"reasons": {"401": "unauthorized"}}, **options.pop("login", {})},
        "headers": {"dstcode": DSTCODE},
        "body": '{"session": "{session}", "service": "DanhSachHoSo"}',
        "error_code": code,
        **options,
    }


@asynccontextmanager
async def portal(folder, **options):
    served = Portal()
    async with serve(served.respond) as url:
        if options.pop("logout", False):
            options["logout"] = {"url": f"{url}/logout", "headers": {"Session": "{session}"}}
        yield served, configured(SessionProbe, settings_for(url, folder, **options))


def values(outcome_or_seen):
    seen = getattr(outcome_or_seen, "observation", outcome_or_seen)
    return {reading.measure.name: reading.value for reading in seen.readings}


async def test_a_call_with_a_session_is_up_and_timed_apart_from_the_login(tmp_path):
    async with portal(tmp_path, readings={"results": "length(result)"}) as (_, probe):
        outcome = await run(probe)

    assert (outcome.observation.status, outcome.observation.detail) == (Status.UP, "answered 200")
    assert values(outcome)["probe_results"] == 2
    assert {"login", "processing"} <= outcome.phases.keys()
    assert {"probe_session_login_seconds", "probe_api_seconds"} <= values(outcome).keys()


async def test_a_session_is_kept_so_that_logins_do_not_pile_up(tmp_path):
    async with portal(tmp_path) as (served, probe), looking() as run_once:
        await run_once(probe)
        second = await run_once(probe)

    assert (served.logins, served.calls) == (1, 2)
    assert LOGINS(0) in second.observation.readings


async def test_with_a_logout_every_run_ends_its_session(tmp_path):
    async with portal(tmp_path, logout=True) as (served, probe), looking() as run_once:
        first = await run_once(probe)
        await run_once(probe)

    assert first.observation.status is Status.UP
    assert (served.logins, served.open) == (2, set())


@pytest.mark.parametrize("logout", [False, True])
async def test_runs_leave_nothing(logout, tmp_path):
    async with portal(tmp_path, logout=logout) as (served, probe):
        right = await remains(probe)
        served.login_answer = {"error_code": 401}
        wrong = await remains(probe)

    assert right == nothing("up")
    assert wrong == nothing("down unauthorized")


@pytest.mark.parametrize("answer", [{"error_code": 5}, b"not json"])
async def test_a_session_ends_also_when_the_call_went_badly(answer, tmp_path):
    async with portal(tmp_path, logout=True) as (served, probe):
        served.answer = answer
        seen = await look(probe)

    assert seen.status is Status.DOWN
    assert served.open == set()


async def test_a_session_ends_also_when_the_call_was_never_answered(tmp_path):
    async with portal(tmp_path, logout=True) as (served, probe):
        served.call_delay = 5.0
        outcome = await run(probe, within=timedelta(milliseconds=800))

    assert outcome.observation.reason is Reason.TIMEOUT
    assert outcome.duration_seconds < 0.8 + MARGIN_SECONDS
    assert served.open == set()


async def test_a_logout_that_fails_is_degraded_because_sessions_pile_up(tmp_path):
    async with portal(tmp_path, logout=True) as (served, probe):
        served.logout_status = 500
        seen = await look(probe)

    assert (seen.status, seen.reason) == (Status.DEGRADED, Reason.STATUS)
    assert seen.detail == "the logout answered 500, expected 2xx"
    assert LOGOUT_FAILED(1) in seen.readings


async def test_a_session_lost_early_is_renewed_once_and_the_detail_says_so(tmp_path):
    async with portal(tmp_path) as (served, probe), looking() as run_once:
        await run_once(probe)
        served.open.clear()
        seen = (await run_once(probe)).observation

    assert seen.status is Status.UP
    assert seen.detail == "answered 200; the session kept was refused before its time, and renewed"
    assert LOST(1) in seen.readings
    assert (served.logins, served.calls) == (2, 3)


async def test_a_session_refused_when_new_is_the_consumers_fault_and_not_renewed(tmp_path):
    async with portal(tmp_path) as (served, probe):
        served.login_answer = {"error_code": 0, "session": "never-opened"}
        seen = await look(probe)

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, Reason.UNAUTHORIZED, FaultDomain.CONSUMER)
    assert seen.detail == "answered 200 with error_code -2"
    assert served.logins == 1


async def test_a_session_may_come_and_go_in_a_cookie(tmp_path):
    login = {"session": None, "cookie": "JSESSIONID"}
    served = Portal(uses_cookie=True)
    async with serve(served.respond) as url:
        body = '{"session": "canary-session-1", "service": "DanhSachHoSo"}'
        seen = await look(configured(SessionProbe, settings_for(url, tmp_path, login=login, body=body)))

    assert seen.status is Status.UP


@pytest.mark.parametrize(
    ("answer", "reason", "fault", "detail"),
    [
        ({"error_code": 12}, Reason.FORBIDDEN, FaultDomain.PROVIDER, "answered 200 with error_code 12"),
        ({"error_code": "12"}, Reason.FORBIDDEN, FaultDomain.PROVIDER, "answered 200 with error_code 12"),
        ({"error_code": -9}, Reason.MAINTENANCE, None, "answered 200 with error_code -9"),
        ({"error_code": 7, "message": "canary"}, Reason.SERVICE_FAULT, None, "answered 200 with error_code 7"),
        ({"error_code": 7.0}, Reason.SERVICE_FAULT, None, "answered 200 with error_code 7"),
        ({"error_code": "the person canary is unknown"}, Reason.CONTENT, None, "error_code is a str that is no code"),
        ({"error_code": [0]}, Reason.CONTENT, None, "error_code is a list that is no code"),
        ({"error_code": 10**60}, Reason.CONTENT, None, "error_code is a int that is no code"),
        ({"error_code": None}, Reason.CONTENT, None, "error_code is missing"),
        ({}, Reason.CONTENT, None, "error_code is missing"),
        ([], Reason.CONTENT, None, "error_code is missing"),
        (b"canary", Reason.CONTENT, None, "the body is not JSON that can be read"),
        (b"[" * 60_000, Reason.CONTENT, None, "the body is not JSON that can be read"),
    ],
)
async def test_the_code_in_a_200_decides(answer, reason, fault, detail, tmp_path):
    async with portal(tmp_path) as (served, probe):
        served.answer = answer
        seen = await look(probe)

    assert (seen.status, seen.reason, seen.fault) == (Status.DOWN, reason, fault)
    assert seen.detail.startswith(detail)
    assert values(seen)["probe_http_status_code"] == 200
    assert "canary" not in repr(seen)


@pytest.mark.parametrize(
    ("status", "answer", "reason", "detail"),
    [
        (200, {"error_code": 401, "message": "canary"}, Reason.UNAUTHORIZED, "the login answered error_code 401"),
        (401, {"message": "canary"}, Reason.UNAUTHORIZED, "the login answered 401, expected 2xx"),
        (403, {}, Reason.FORBIDDEN, "the login answered 403, expected 2xx"),
        (429, {}, Reason.THROTTLED, "the login answered 429, expected 2xx"),
        (500, {}, Reason.STATUS, "the login answered 500, expected 2xx"),
        (200, {"error_code": 0}, Reason.CONTENT, "gave no session that can be used"),
        (200, {"error_code": 0, "session": "canary\r\nX: y"}, Reason.CONTENT, "gave no session that can be used"),
        (200, {"error_code": 0, "session": {"a": 1}}, Reason.CONTENT, "gave no session that can be used"),
        (200, {"error_code": 0, "session": "c" * 5000}, Reason.CONTENT, "gave no session that can be used"),
        (200, {"error_code": 0, "session": "c" * 70_000}, Reason.TOO_LARGE, "65536 bytes"),
    ],
)
async def test_a_login_that_fails_has_its_reason(status, answer, reason, detail, tmp_path):
    async with portal(tmp_path) as (served, probe):
        served.login_status, served.login_answer = status, answer
        seen = await look(probe)

    assert (seen.status, seen.reason) == (Status.DOWN, reason)
    assert detail in seen.detail
    assert "canary" not in repr(seen)
    assert served.calls == 0


async def test_a_wrong_password_is_the_consumers_fault(tmp_path):
    async with portal(tmp_path) as (_, probe):
        (tmp_path / "password").write_text("wrong canary")
        seen = await look(probe)

    assert (seen.reason, seen.fault) == (Reason.UNAUTHORIZED, FaultDomain.CONSUMER)
    assert "canary" not in repr(seen)


async def test_a_missing_dstcode_is_told_by_its_code(tmp_path):
    async with portal(tmp_path, headers={}) as (_, probe):
        seen = await look(probe)

    assert (seen.reason, seen.fault) == (Reason.FORBIDDEN, FaultDomain.PROVIDER)


async def test_a_session_is_escaped_where_it_stands_in_json(tmp_path):
    async with portal(tmp_path) as (served, probe):
        session = '"},\\x'
        served.login_answer = {"error_code": 0, "session": session}
        served.open.add(session)
        seen = await look(probe)

    assert seen.status is Status.UP


@pytest.mark.parametrize("broken", [stalled, dripping])
@pytest.mark.parametrize("stage", ["login", "call", "logout"])
async def test_each_stage_ends_by_the_deadline(stage, broken, tmp_path):
    served = Portal()
    async with serve(served.respond) as url, broken() as address:
        there = {name: f"http://{address}" if name == stage else url for name in ("login", "call", "logout")}
        settings = settings_for(url, tmp_path, login={"url": f"{there['login']}/login"})
        logout = {"url": f"{there['logout']}/logout", "headers": {"Session": "{session}"}}
        probe = configured(SessionProbe, {**settings, "target": f"{there['call']}/call", "logout": logout})
        outcome = await run(probe, within=TIMEOUT)

    assert outcome.observation.status in (Status.DOWN, Status.DEGRADED)
    assert outcome.duration_seconds < TIMEOUT.total_seconds() + MARGIN_SECONDS


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"body": "{}"}, "nothing carries the session; write {session}"),
        ({"login": {"cookie": "JSESSIONID"}}, "write session or cookie, one of them"),
        ({"login": {"fields": {"username": "monitor", "password": "monitor"}}}, "nothing of it is secret"),
        ({"login": {"session": "a["}}, "no expression of JMESPath"),
        ({"login": {"session": None, "cookie": "a b"}}, "is no name of a cookie"),
        ({"error_code": {"good": []}}, "good has no code"),
        ({"error_code": {"good": [0], "reasons": {"0": "forbidden"}}}, "0 is named twice"),
        ({"error_code": {"reasons": {"1": "plugin"}}}, "Input should be"),
        ({"headers": {"dstcode": "a\nb"}}, "line break"),
        ({"readings": {"session_logins": "a"}}, "which the monitor itself reports"),
    ],
)
def test_configuration_that_makes_no_sense_is_refused(options, problem, tmp_path):
    with pytest.raises(ValueError, match=problem.replace("{", r"\{")):
        configured(SessionProbe, settings_for("http://portal.example", tmp_path, **options))
