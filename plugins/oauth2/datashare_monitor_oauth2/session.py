"""The probe of kind ``session``."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from datashare_monitor_oauth2.api import Api, Called, check
from datashare_monitor_oauth2.codes import ErrorCode
from datashare_monitor_oauth2.login import MOST_BYTES, PLACEHOLDER, Login, Logout, carrying, log_in
from datashare_monitor_oauth2.owners import Owners
from datashare_monitor_oauth2.readings import LOGIN_SECONDS, LOGINS, LOGOUT_FAILED, LOST, OF_SESSION, of_answer
from monitor.plugin import (
    Duration,
    HttpOptions,
    Measure,
    Observation,
    ProbeError,
    Reason,
    Size,
    Status,
    TlsConfig,
    Url,
    Vantage,
    down,
)
from monitor.plugin.http import Assertion, BodyReading, HeaderValues, Wallet, apart, measure_of


@dataclass(slots=True)
class _Session:
    """A session in use, and whether this run logged in for it."""

    key: str
    text: str = ""
    is_new: bool = False


@dataclass(frozen=True, kw_only=True)
class SessionProbe:
    """Logs in by JSON and makes a call with the session; a code in the body tells whether it went well.

    The session is kept for its lifetime, for all checks with the same login; one that is refused before is renewed
    once, and the detail says so. With ``logout`` every run logs in and out instead.

    Attributes:
        target: The URL of the call.
        login: How we log in.
        logout: How we log out; without it the session is kept.
        headers: Sent with the call; ``{session}`` in a value stands for the session: ``{dstcode: VN:GOV:000}``.
        http_headers: Headers with several values, or secret ones: ``{X-Key: {secrets: [{file: …}]}}``.
        body: Sent with the call; ``{session}`` in it stands for the session, escaped as JSON has it.
        error_code: Where the answer tells whether the call went well; null when it does not.
        valid_status_codes: Accepted: 204, "2xx", "200-299"; 200 to 299 when empty.
        follow_redirects: Whether a redirect is followed; the session goes to no other origin.
        assertions: Comparisons with values in the body, the headers or the status; each is down or degraded.
        readings: Numbers of the answer to be exposed, by name, as in the kind ``http``.
        owners: Who has to act on a refusal of the call or of the login.
        body_size_limit: The longest body read; a longer one is down.
        degraded_over: Degraded when the call took longer for a good answer, the login not counted.
        down_over: Down when it took longer than this.
        method: POST unless written.
    """

    target: Url
    login: Login
    logout: Logout | None = None
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    http_headers: Mapping[str, HeaderValues] = field(default_factory=dict)
    body: str = ""
    error_code: ErrorCode | None = ErrorCode()  # noqa: RUF009 - frozen
    follow_redirects: bool = False
    valid_status_codes: tuple[int | str, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    readings: Mapping[str, str | BodyReading] = field(default_factory=dict)
    owners: Owners = Owners()  # noqa: RUF009 - frozen
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    body_size_limit: Size = 1024 * 1024
    degraded_over: Duration | None = None
    down_over: Duration | None = None

    def __post_init__(self) -> None:
        check(self, OF_SESSION)
        texts = (*self.headers.values(), self.body)
        if not self.login.cookie and not any(PLACEHOLDER in text for text in texts):
            raise ValueError(f"nothing carries the session; write {PLACEHOLDER} in a header or in body")

    def measures(self) -> tuple[Measure, ...]:
        """Return what ``readings`` may report."""
        return tuple([measure_of(name) for name in self.readings])

    async def observe(self, vantage: Vantage) -> Observation:
        """Make the call once, or once more with a new session when the kept one is refused."""
        wallet = Wallet(vantage)
        if self.logout is not None:
            return await self._logged_out(vantage, wallet, self.logout)
        session = await self._session(vantage, wallet)
        called, code = await self._call(vantage, wallet, session)
        is_renewed = False
        if self._is_lost(called, code):
            vantage.tokens.forget(session.key, session.text)
            if not session.is_new:
                is_renewed = True
                session = await self._session(vantage, wallet)
                called, code = await self._call(vantage, wallet, session)
        vantage.note(LOGINS(int(session.is_new)), LOST(int(is_renewed)))
        words = "; the session kept was refused before its time, and renewed" if is_renewed else ""
        return await self._verdict(vantage, wallet, called, code, words)

    async def _logged_out(self, vantage: Vantage, wallet: Wallet, logout: Logout) -> Observation:
        """Log in, call and log out, the last also when there was no answer: the vantage leaves a little time for it."""
        session = await self._session(vantage, wallet)
        try:
            async with asyncio.timeout(vantage.deadline - time.monotonic()):
                called, code = await self._call(vantage, wallet, session)
        finally:
            failure = await self._log_out(vantage, session, logout)
        vantage.note(LOGINS(1))
        seen = await self._verdict(vantage, wallet, called, code, "")
        if failure and seen.status is Status.UP:
            return replace(seen, status=Status.DEGRADED, reason=Reason.STATUS, detail=failure)
        return seen

    async def _log_out(self, vantage: Vantage, session: _Session, logout: Logout) -> str:
        """End the session; return why that failed, or nothing."""
        headers, body = carrying(session.text, self.login.cookie, logout.headers, logout.body)
        options = HttpOptions(tls_config=self.tls_config, follow_redirects=False, max_body=MOST_BYTES, is_timed=False)
        failure = ""
        try:
            with vantage.phase("logout"):
                answer = await vantage.http.request(
                    logout.method, logout.url, headers=headers, body=body.encode() or None, options=options
                )
            if not 200 <= answer.status < 400:
                failure = f"the logout answered {answer.status}, expected 2xx"
        except (OSError, ProbeError):
            failure = "there was no answer to the logout"
        vantage.note(LOGOUT_FAILED(int(bool(failure))))
        return failure

    async def _session(self, vantage: Vantage, wallet: Wallet) -> _Session:
        body, headers = self.login.body(wallet), self.login.sent_headers(wallet)
        found = _Session(self.login.key(body, headers))

        async def fetch() -> tuple[str, float]:
            found.is_new = True
            began = time.perf_counter()
            text = await log_in(self.login, body, headers, self.tls_config, vantage)
            vantage.note(LOGIN_SECONDS(time.perf_counter() - began))
            return text, self.login.lifetime.total_seconds()

        try:
            with vantage.phase("login"):
                if self.logout is None:
                    found.text = await vantage.tokens.get(found.key, fetch)
                else:
                    found.text, _ = await fetch()
        except ProbeError as error:
            raise self.owners.told(error) from error
        wallet.remember(found.text)
        return found

    async def _call(self, vantage: Vantage, wallet: Wallet, session: _Session) -> tuple[Called, str | None]:
        fields, body = carrying(session.text, self.login.cookie, self.headers, self.body)
        if self.body and not any(name.lower() == "content-type" for name in self.headers):
            fields = (*fields, ("Content-Type", "application/json"))
        called = await self._api.call(vantage, wallet, fields, body)
        if self.error_code is None or not self._api.accepts(called.answer.status):
            return called, None
        try:
            judge, answer = self.error_code.judge, called.answer
            return called, await apart(answer.body, lambda: judge(answer))
        except ProbeError:
            vantage.note(*of_answer(called.answer, called.took))
            raise

    def _is_lost(self, called: Called, code: str | None) -> bool:
        if called.answer.status == 401 and not self._api.accepts(401):
            return True
        return code is not None and self.error_code is not None and self.error_code.is_lost(code)

    async def _verdict(
        self, vantage: Vantage, wallet: Wallet, called: Called, code: str | None, words: str
    ) -> Observation:
        refused = self._api.refused(called)
        if refused is not None:
            return refused
        if code is not None and self.error_code is not None:
            reason = self.error_code.reason(code)
            detail = f"answered {called.answer.status} with {self.error_code.json} {code}"
            return down(reason, detail, *of_answer(called.answer, called.took), fault=self.owners.of(reason))
        return await self._api.judged(called, vantage, wallet, words)

    @cached_property
    def _api(self) -> Api:
        return Api(self)
