"""The login that returns a session, and the logout that ends it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256

from datashare_monitor_oauth2.api import check_headers, said
from datashare_monitor_oauth2.codes import ErrorCode
from monitor.plugin import Answer, Duration, HttpOptions, ProbeError, Reason, Secret, TlsConfig, Url, Vantage
from monitor.plugin.http import REASONS, Contents, Fields, HeaderValues, Place, Wallet, secret_fields, sendable

MOST_BYTES = 64 * 1024
PLACEHOLDER = "{session}"
_SESSION = re.compile(r"[\x21-\x7e]{1,4096}")
_COOKIE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A login by JSON.

    Attributes:
        url: Where we log in.
        fields: What is sent, as a JSON object: ``{username: monitor, password: {file: …}}``.
        headers: Sent along.
        http_headers: Secret ones, as in the kind ``http``.
        session: Where the session stands in the answer, as an expression of JMESPath.
        cookie: Or the name of the cookie that it comes in, and goes back in.
        lifetime: How long a session is used before we log in again; less than the target keeps it.
        error_code: Where the answer tells whether the login went well; null when it does not.
    """

    url: Url
    fields: Mapping[str, str | bool | int | Secret]
    headers: Mapping[str, str] = field(default_factory=dict)
    http_headers: Mapping[str, HeaderValues] = field(default_factory=dict)
    session: str | None = None
    cookie: str | None = None
    lifetime: Duration = timedelta(minutes=10)
    error_code: ErrorCode | None = ErrorCode()  # noqa: RUF009 - frozen

    def __post_init__(self) -> None:
        check_headers("login.", self.headers, self.http_headers)
        if (self.session is None) == (self.cookie is None):
            raise ValueError("login: write session or cookie, one of them")
        if self.session is not None:
            Place(json=self.session)
        if self.cookie is not None and not _COOKIE.fullmatch(self.cookie):
            raise ValueError(f'login.cookie: "{self.cookie[:40]}" is no name of a cookie')
        if not any(isinstance(value, Secret) for value in self.fields.values()) and not self.http_headers:
            raise ValueError("login: nothing of it is secret; write password: {file: …} among its fields")

    def body(self, wallet: Wallet) -> bytes:
        """Return the JSON object that is sent.

        Raises:
            ProbeError: A secret cannot be read.
        """
        texts = {name: wallet.reveal(one) if isinstance(one, Secret) else one for name, one in self.fields.items()}
        return json.dumps(texts, ensure_ascii=False).encode()

    def key(self, body: bytes, headers: Fields) -> str:
        """Return what equal logins have in common; it shows nothing of them."""
        facts = [self.url, body.decode(), self.session, self.cookie, *(text for pair in headers for text in pair)]
        return sha256(json.dumps(facts).encode()).hexdigest()

    def sent_headers(self, wallet: Wallet) -> Fields:
        """Return the headers of the login."""
        own = {"Content-Type": "application/json", "Accept": "application/json", **self.headers}
        return sendable((*own.items(), *secret_fields(self.http_headers, wallet)))

    def session_in(self, answer: Answer) -> str:
        """Return the session in an answer.

        Raises:
            ProbeError: The login was refused, or there is none; the message quotes nothing but a code.
        """
        if not 200 <= answer.status < 300:
            reason = REASONS.get(answer.status, Reason.STATUS)
            raise ProbeError(reason, f"the login answered {answer.status}{said(answer)}, expected 2xx")
        if self.error_code is not None and (code := self.error_code.judge(answer)) is not None:
            raise ProbeError(self.error_code.reason(code), f"the login answered {self.error_code.json} {code}")
        found = cookie_in(answer, self.cookie) if self.cookie else Contents(answer).value(Place(json=self.session))
        text = str(found) if isinstance(found, int) and not isinstance(found, bool) else found
        if not isinstance(text, str) or not _SESSION.fullmatch(text):
            raise ProbeError(Reason.CONTENT, "the login was accepted, but gave no session that can be used")
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Logout:
    """A logout. With one, every run logs in and out; without, a session is used until its time is over.

    Attributes:
        url: Where we log out.
        method: POST unless written.
        headers: Sent along; ``{session}`` in a value stands for the session.
        body: Sent; ``{session}`` in it stands for the session.
    """

    url: Url
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""

    def __post_init__(self) -> None:
        check_headers("logout.", self.headers, {})


def cookie_in(answer: Answer, name: str) -> str | None:
    """Return the value of a cookie that an answer sets."""
    for key, text in answer.headers:
        given, _, value = text.partition(";")[0].partition("=")
        if key == "set-cookie" and given.strip() == name:
            return value.strip().strip('"')
    return None


def carrying(session: str, cookie: str | None, headers: Mapping[str, str], body: str) -> tuple[Fields, str]:
    """Return headers and a body that carry a session; within a body it is escaped as JSON has it."""
    fields = tuple([(name, text.replace(PLACEHOLDER, session)) for name, text in headers.items()])
    if cookie:
        fields = (*fields, ("Cookie", f"{cookie}={session}"))
    return sendable(fields), body.replace(PLACEHOLDER, json.dumps(session)[1:-1])


async def log_in(login: Login, body: bytes, headers: Fields, tls_config: TlsConfig, vantage: Vantage) -> str:
    """Return a new session.

    Raises:
        ProbeError: There is none.
        OSError: There is no connection, or it broke.
    """
    options = HttpOptions(tls_config=tls_config, follow_redirects=False, max_body=MOST_BYTES, is_timed=False)
    return login.session_in(await vantage.http.request("POST", login.url, headers=headers, body=body, options=options))
