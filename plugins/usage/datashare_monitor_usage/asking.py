"""Questions over HTTP that are answered in JSON."""

import json
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from monitor.plugin import HttpOptions, ProbeError, Reason, Secret, TlsConfig, Vantage
from monitor.plugin.http import apart, read_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who asks: a user with a password, or a token.

    Attributes:
        username: For ``Authorization: Basic``.
        password: Of that user.
        token: For ``Authorization: Bearer``, unless ``scheme`` says otherwise.
        scheme: Before the token; ``ApiKey`` for Elasticsearch's.
    """

    username: str = ""
    password: Secret | None = None
    token: Secret | None = None
    scheme: str = "Bearer"

    def __post_init__(self) -> None:
        if bool(self.username) != (self.password is not None) or (self.username and self.token is not None):
            raise ValueError("write username and password, or token")

    def header(self, vantage: Vantage) -> dict[str, str]:
        """Return the header that says so; none when nobody is named."""
        if self.password is not None:
            pair = f"{self.username}:{vantage.reveal(self.password)}"
            return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        return {} if self.token is None else {"Authorization": f"{self.scheme} {vantage.reveal(self.token)}"}


ANYBODY = Credentials()


async def ask(
    vantage: Vantage,
    url: str,
    credentials: Credentials,
    tls_config: TlsConfig,
    most_bytes: int,
    question: object = None,
) -> Any:
    """Return the JSON that answers a question: a JSON document that is posted, or nothing to GET a page.

    Raises:
        ProbeError: It is not answered with 2xx and JSON. No text of the answer is quoted.
    """
    headers = {**credentials.header(vantage), "Accept": "application/json"}
    body = None
    if question is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(question).encode()
    options = HttpOptions(tls_config=tls_config, max_body=most_bytes, follow_redirects=False, is_timed=False)
    with vantage.phase("page"):
        answer = await vantage.http.request(
            "GET" if body is None else "POST", url, headers=headers, body=body, options=options
        )
    if not 200 <= answer.status < 300:
        reason = {401: Reason.UNAUTHORIZED, 403: Reason.FORBIDDEN, 429: Reason.THROTTLED}.get(answer.status)
        raise ProbeError(reason or Reason.STATUS, f"answered {answer.status}, expected 2xx")
    return await apart(answer.body, lambda: read_json(answer.body))
