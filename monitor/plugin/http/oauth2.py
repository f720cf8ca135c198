"""Access tokens by client credentials (RFC 6749, 4.4)."""

import json
import math
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from time import perf_counter
from typing import Any, Literal
from urllib.parse import parse_qsl, quote_plus, urlencode

from monitor.plugin import (
    Answer,
    HttpOptions,
    ProbeError,
    ProxyUrl,
    Reason,
    Secret,
    SecretFile,
    TlsConfig,
    Url,
    Vantage,
)
from monitor.plugin.http.credentials import BasicAuth
from monitor.plugin.http.proxies import bypassed, check_proxy, with_secrets
from monitor.plugin.http.wallet import Wallet

GRANT = "client_credentials"
MOST_BYTES = 64 * 1024
UNSTATED_SECONDS = 300.0
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
FORM = "application/x-www-form-urlencoded"
REFUSALS = {
    "invalid_client": Reason.UNAUTHORIZED,
    "invalid_grant": Reason.UNAUTHORIZED,
    "unauthorized_client": Reason.FORBIDDEN,
    "invalid_scope": Reason.FORBIDDEN,
    "access_denied": Reason.FORBIDDEN,
    "slow_down": Reason.THROTTLED,
    "invalid_request": Reason.STATUS,
    "unsupported_grant_type": Reason.STATUS,
    "server_error": Reason.STATUS,
    "temporarily_unavailable": Reason.STATUS,
}
"""Words for a refusal (RFC 6749, 4.1.2.1 and 5.2; RFC 8628, 3.5): any other is the server's own, and not repeated."""
BY_STATUS = {401: Reason.UNAUTHORIZED, 403: Reason.FORBIDDEN, 429: Reason.THROTTLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2:
    """An access token, fetched with our credentials and kept until shortly before it expires.

    Attributes:
        client_secret_file: The same as ``client_secret: {file: …}``.
        scopes: What is asked for.
        endpoint_params: More parameters of the token request.
        auth_style: Whether our credentials go in the Authorization header or among the parameters. blackbox_exporter
            tries one after the other.
        client_id: Our name there.
        client_secret: Our password there.
        token_url: Where tokens are given.
        tls_config: How its server is trusted, and who we are to it.
        proxy_url: The proxy to that server; without it, the ``egress.proxy`` of the monitor.
        proxy_basic_auth: User name and password for that proxy.
        no_proxy: What is reached without that proxy.
        proxy_connect_header: Headers for that proxy, sent with CONNECT.
        proxy_from_environment: Let the environment of the daemon name the proxy.
    """

    client_id: str
    client_secret: Secret | None = None
    client_secret_file: SecretFile | None = None
    token_url: Url
    scopes: tuple[str, ...] = ()
    endpoint_params: Mapping[str, str] = field(default_factory=dict)
    auth_style: Literal["header", "params"] = "header"
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen
    proxy_url: ProxyUrl | None = None
    proxy_basic_auth: BasicAuth | None = None
    no_proxy: str = ""
    proxy_connect_header: Mapping[str, tuple[str | Secret, ...]] = field(default_factory=dict)
    proxy_from_environment: bool = False

    def __post_init__(self) -> None:
        if (self.client_secret is None) == (self.client_secret_file is None):
            raise ValueError("write client_secret or client_secret_file, one of them")
        if not self.client_id:
            raise ValueError("client_id is empty")
        taken = {"scope", "client_id", "client_secret"} & self.endpoint_params.keys()
        if taken:
            raise ValueError(f"endpoint_params: {', '.join(sorted(taken))} has an option of its own")
        if self.endpoint_params.get("grant_type", GRANT) != GRANT:
            raise ValueError(f"endpoint_params: grant_type can only be {GRANT}; leave it out")
        check_proxy(self)

    def request(self, secret: str) -> tuple[dict[str, str], bytes]:
        """Return the headers and the body of the token request."""
        parameters = {"grant_type": GRANT, **self.endpoint_params}
        if self.scopes:
            parameters["scope"] = " ".join(self.scopes)
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if self.auth_style == "params":
            parameters |= {"client_id": self.client_id, "client_secret": secret}
        else:
            pair = f"{quote_plus(self.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        return headers, urlencode(parameters).encode()

    @property
    def request_options(self) -> HttpOptions:
        """How the token request is made, but for what is secret."""
        return HttpOptions(
            tls_config=self.tls_config,
            follow_redirects=False,
            max_body=MOST_BYTES,
            is_timed=False,
            proxy=self.proxy_url,
            proxy_from_environment=self.proxy_from_environment,
            no_proxy=bypassed(self),
        )

    def key(self, secret: str) -> str:
        """Return what equal credentials have in common; it does not show them, and a new secret makes a new one."""
        facts = [self.token_url, self.client_id, secret, *self.scopes, self.auth_style]
        facts += [text for pair in sorted(self.endpoint_params.items()) for text in pair]
        return sha256(json.dumps(facts).encode()).hexdigest()


@dataclass(slots=True)
class Bearer:
    """A token in use.

    Attributes:
        is_new: Whether this run fetched it.
        took: The seconds it took to fetch it.
        lifetime: The seconds it lives from then on.
    """

    key: str
    text: str = ""
    is_new: bool = False
    took: float = 0.0
    lifetime: float = 0.0

    @property
    def header(self) -> tuple[str, str]:
        """The header that it is sent in."""
        return ("Authorization", f"Bearer {self.text}")


async def bearer(oauth2: OAuth2, vantage: Vantage, wallet: Wallet) -> Bearer:
    """Return a token, kept or fetched; the phase ``token`` is what it takes.

    Raises:
        ProbeError: The token's server gave none, for a reason known by name.
        OSError: It cannot be reached.
    """
    secret = wallet.reveal(oauth2.client_secret or oauth2.client_secret_file)  # type: ignore[arg-type]
    found = Bearer(oauth2.key(secret))

    async def fetch() -> tuple[str, float]:
        found.is_new = True
        headers, body = oauth2.request(secret)
        options = with_secrets(oauth2.request_options, oauth2, wallet)
        began = perf_counter()
        answer = await vantage.http.request("POST", oauth2.token_url, headers=headers, body=body, options=options)
        found.took = perf_counter() - began
        text, found.lifetime = read(answer)
        return text, found.lifetime

    with vantage.phase("token"):
        found.text = await vantage.tokens.get(found.key, fetch)
    wallet.remember(found.text)
    return found


def read(answer: Answer) -> tuple[str, float]:
    """Return the token in an answer and the seconds it lives.

    Raises:
        ProbeError: There is none; the message does not quote the answer.
    """
    content = members(answer)
    if not 200 <= answer.status < 300 or ("error" in content and "access_token" not in content):
        raise refusal(answer.status, content.get("error"))
    token = content.get("access_token")
    if not isinstance(token, str) or not _TOKEN.fullmatch(token):
        raise ProbeError(Reason.CONTENT, "the answer of the token's server has no access_token that can be used")
    if str(content.get("token_type", "bearer")).lower() != "bearer":
        raise ProbeError(Reason.CONTENT, "the token's server gave a token that is not of the type Bearer")
    return token, lifetime(content.get("expires_in"))


def members(answer: Answer) -> Mapping[str, Any]:
    """Return what an answer says: a JSON object (RFC 6749, 5.1), or a form, as servers from before the RFC send it."""
    if (answer.header("content-type") or "").partition(";")[0].strip().lower() == FORM:
        try:
            return dict(parse_qsl(answer.body.decode("ascii"), max_num_fields=50))
        except ValueError:
            return {}
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def refusal(status: int, error: object) -> ProbeError:
    """Return the reason for which the token's server gave none: its word for it says more than the status."""
    word = error if isinstance(error, str) and error in REFUSALS else ""
    by_word, by_status = REFUSALS.get(word, Reason.STATUS), BY_STATUS.get(status, Reason.STATUS)
    reason = by_status if by_word is Reason.STATUS else by_word
    wanted = "expected a token" if 200 <= status < 300 else "expected 2xx"
    return ProbeError(reason, f"the token's server answered {status}{f' ({word})' if word else ''}, {wanted}")


def lifetime(value: object) -> float:
    """Return the seconds that ``expires_in`` states, some servers as text; five minutes when it states nothing."""
    if value is None:
        return UNSTATED_SECONDS
    try:
        seconds = float(value) if isinstance(value, int | float | str) and len(str(value)) < 20 else 0.0
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) else 0.0
