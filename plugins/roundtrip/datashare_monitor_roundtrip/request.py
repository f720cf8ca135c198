"""Requests that write: their text holds the mark of the synthetic record wherever it says ``{marker}``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from monitor.plugin import HttpOptions, Secret, TlsConfig, Url, Vantage

MARKER = "{marker}"
GONE = frozenset({404, 410})
"""What says that a record is not there is as good as having removed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request.

    Attributes:
        method: Of HTTP.
        url: ``{marker}`` in its path or query is replaced.
        body: And so it is here.
        headers: Such as ``{Content-Type: application/json}``.
        secret_headers: Whose text is a secret, such as ``Authorization``.
    """

    url: Url
    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    secret_headers: Mapping[str, Secret] = field(default_factory=dict)
    tls_config: TlsConfig = TlsConfig()  # noqa: RUF009 - frozen

    @property
    def is_marked(self) -> bool:
        """Whether the mark is in it."""
        return self.is_addressed or MARKER in (self.body or "")

    @property
    def is_addressed(self) -> bool:
        """Whether the mark is in what of the URL is sent to the server: neither in its host nor behind a ``#``."""
        parts = urlsplit(self.url)
        return MARKER in parts.path or MARKER in parts.query

    def revealed(self, vantage: Vantage) -> Mapping[str, str]:
        """Return all headers.

        Raises:
            ProbeError: A secret cannot be read.
        """
        return {**self.headers, **{name: vantage.reveal(one) for name, one in self.secret_headers.items()}}

    async def send(self, marker: str, vantage: Vantage) -> int:
        """Send it and return the status; a redirect is not followed, because a record is not written just anywhere."""
        answer = await vantage.http.request(
            self.method,
            self.url.replace(MARKER, marker),
            headers=self.revealed(vantage),
            body=None if self.body is None else self.body.replace(MARKER, marker).encode(),
            options=HttpOptions(tls_config=self.tls_config, follow_redirects=False, is_timed=False),
        )
        return answer.status
