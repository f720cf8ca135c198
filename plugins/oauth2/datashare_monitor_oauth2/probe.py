"""The probe of kind ``oauth2``."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from datashare_monitor_oauth2.api import Api, Called, check
from datashare_monitor_oauth2.owners import Owners
from datashare_monitor_oauth2.readings import FETCHED, OF_OAUTH2, REVOKED, TOKEN_LIFETIME, TOKEN_SECONDS
from monitor.plugin import (
    Duration,
    Measure,
    Observation,
    ProbeError,
    Reason,
    Size,
    Status,
    TlsConfig,
    Url,
    Vantage,
)
from monitor.plugin.http import (
    Assertion,
    Bearer,
    BodyReading,
    HeaderValues,
    OAuth2,
    Wallet,
    bearer,
    measure_of,
)


@dataclass(frozen=True, kw_only=True)
class OAuth2Probe:
    """Gets an access token with client credentials (RFC 6749, 4.4) and calls an API with it (RFC 6750).

    The token is kept until shortly before it expires, for all checks with the same credentials. One that is refused
    before is renewed once, and the detail says so.

    Attributes:
        target: The URL of the API.
        oauth2: Who we are, and where tokens are given; as in the kind ``http``.
        http_headers: Headers with several values, or secret ones: ``{X-Key: {secrets: [{file: …}]}}``.
        valid_status_codes: Accepted: 204, "2xx", "200-299"; 200 to 299 when empty.
        follow_redirects: The token goes to no other origin.
        assertions: Comparisons with values in the body, the headers or the status; each is down or degraded.
        readings: Numbers of the answer to be exposed, by name, as in the kind ``http``.
        owners: Who has to act on 401, 403 and 429, of the API or of the token's server.
        body_size_limit: The longest body read; a longer one is down.
        degraded_over: Degraded when the API took longer for a good answer, the token not counted.
        down_over: Down when it took longer than this.
        token_degraded_over: Degraded when a token took longer than this.
        method: GET, HEAD, POST or any other.
        headers, body: Sent with the request; secret headers go in ``http_headers``.
    """

    target: Url
    oauth2: OAuth2
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    http_headers: Mapping[str, HeaderValues] = field(default_factory=dict)
    body: str = ""
    follow_redirects: bool = True
    valid_status_codes: tuple[int | str, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    readings: Mapping[str, str | BodyReading] = field(default_factory=dict)
    owners: Owners = Owners()  # noqa: RUF009 - frozen
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    body_size_limit: Size = 1024 * 1024
    degraded_over: Duration | None = None
    down_over: Duration | None = None
    token_degraded_over: Duration | None = None

    def __post_init__(self) -> None:
        check(self, OF_OAUTH2)
        if "authorization" in {name.lower() for name in (*self.headers, *self.http_headers)}:
            raise ValueError("the header Authorization carries the token; leave it out")

    def measures(self) -> tuple[Measure, ...]:
        """Return what ``readings`` may report."""
        return tuple([measure_of(name) for name in self.readings])

    async def observe(self, vantage: Vantage) -> Observation:
        """Call the API once, or once more with a new token when the kept one is refused."""
        wallet = Wallet(vantage)
        token = await self._token(vantage, wallet)
        called = await self._call(vantage, wallet, token)
        is_renewed = False
        if called.answer.status == 401 and not self._api.accepts(401):
            vantage.tokens.forget(token.key, token.text)
            if not token.is_new:
                is_renewed = True
                token = await self._token(vantage, wallet)
                called = await self._call(vantage, wallet, token)
                if called.answer.status == 401:
                    vantage.tokens.forget(token.key, token.text)
        vantage.note(FETCHED(int(token.is_new)), REVOKED(int(is_renewed)))
        return await self._verdict(vantage, wallet, token, called, is_renewed=is_renewed)

    async def _verdict(
        self, vantage: Vantage, wallet: Wallet, token: Bearer, called: Called, *, is_renewed: bool
    ) -> Observation:
        refused = self._api.refused(called)
        if refused is not None:
            if called.answer.status == 401:
                words = f"{refused.detail}, with a token that was just fetched"
                return replace(refused, detail=words)
            return refused
        words = "; the token kept was refused before its time, and renewed" if is_renewed else ""
        seen = await self._api.judged(called, vantage, wallet, words)
        limit = self.token_degraded_over
        if seen.status is Status.UP and limit is not None and token.took > limit.total_seconds():
            words = f"the token took {token.took:.3f} s, limit {limit.total_seconds():g} s"
            return replace(seen, status=Status.DEGRADED, reason=Reason.SLOW, detail=words)
        return seen

    async def _token(self, vantage: Vantage, wallet: Wallet) -> Bearer:
        try:
            token = await bearer(self.oauth2, vantage, wallet)
        except ProbeError as error:
            raise self.owners.told(error) from error
        if token.is_new:
            vantage.note(TOKEN_SECONDS(token.took), TOKEN_LIFETIME(token.lifetime))
        return token

    async def _call(self, vantage: Vantage, wallet: Wallet, token: Bearer) -> Called:
        return await self._api.call(vantage, wallet, (*self.headers.items(), token.header), self.body)

    @cached_property
    def _api(self) -> Api:
        return Api(self)
