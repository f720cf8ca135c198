"""Who we say we are."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.plugin import Secret, Vantage


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicAuth:
    """A user's name and password (RFC 7617)."""

    username: str
    password: Secret

    def value(self, vantage: Vantage) -> str:
        """Return the text of the Authorization header."""
        pair = f"{self.username}:{vantage.reveal(self.password)}"
        return f"Basic {b64encode(pair.encode()).decode()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """An Authorization header of any type.

    Attributes:
        type: The word before the credentials.
    """

    type: str = "Bearer"
    credentials: Secret

    def value(self, vantage: Vantage) -> str:
        """Return the text of the Authorization header."""
        return f"{self.type} {vantage.reveal(self.credentials)}"


def with_authorization(
    headers: Mapping[str, str] | None, credentials: BasicAuth | Authorization | None, vantage: Vantage
) -> Mapping[str, str] | None:
    """Return the headers of a request, with our credentials if there are any."""
    if credentials is None:
        return headers
    return {**(headers or {}), "Authorization": credentials.value(vantage)}
