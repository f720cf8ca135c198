"""Who we say we are."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.plugin import Secret, SecretFile, Vantage
from monitor.plugin.http.fields import Fields
from monitor.plugin.http.wallet import Wallet


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicAuth:
    """A user's name and password (RFC 7617).

    Attributes:
        username: The name.
        username_file: Or a file that holds it.
        password: The password.
        password_file: The same as ``password: {file: …}``.
    """

    username: str = ""
    username_file: SecretFile | None = None
    password: Secret | None = None
    password_file: SecretFile | None = None

    def __post_init__(self) -> None:
        if bool(self.username) == (self.username_file is not None):
            raise ValueError("write username or username_file, one of them")
        if self.password and self.password_file:
            raise ValueError("write password or password_file, not both")

    def value(self, wallet: Wallet) -> str:
        """Return the text of the Authorization header."""
        name = wallet.reveal(self.username_file) if self.username_file else self.username
        secret = self.password or self.password_file
        pair = f"{name}:{wallet.reveal(secret) if secret else ''}"
        encoded = b64encode(pair.encode()).decode()
        wallet.remember(encoded)
        return f"Basic {encoded}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """An Authorization header of any type.

    Attributes:
        type: The word before the credentials.
        credentials_file: The same as ``credentials: {file: …}``.
        credentials: What stands behind the type.
    """

    type: str = "Bearer"
    credentials: Secret | None = None
    credentials_file: SecretFile | None = None

    def __post_init__(self) -> None:
        if (self.credentials is None) == (self.credentials_file is None):
            raise ValueError("write credentials or credentials_file, one of them")
        if self.type.strip().lower() == "basic":
            raise ValueError("write basic_auth for the type Basic")
        if not self.type.isascii() or not self.type.isprintable() or not self.type.strip():
            raise ValueError("type is one word, such as Bearer")

    def value(self, wallet: Wallet) -> str:
        """Return the text of the Authorization header."""
        return f"{self.type.strip()} {wallet.reveal(self.credentials or self.credentials_file)}"  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderValues:
    """Values of one header, which may be secret; each is sent in a line of its own.

    Attributes:
        files: Paths; the same as ``secrets: [{file: …}]``.
        values: Those that are no secrets.
        secrets: Those that are.
    """

    values: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    files: tuple[SecretFile, ...] = ()

    def __post_init__(self) -> None:
        if not (self.values or self.secrets or self.files):
            raise ValueError("a header needs values, secrets or files")

    def texts(self, wallet: Wallet) -> tuple[str, ...]:
        """Return the values in the order of their kinds."""
        return (*self.values, *(wallet.reveal(secret) for secret in (*self.secrets, *self.files)))


def secret_fields(headers: Mapping[str, HeaderValues], wallet: Wallet) -> Fields:
    """Return the header lines of ``http_headers``."""
    return tuple([(name, text) for name, values in headers.items() for text in values.texts(wallet)])


def with_authorization(
    headers: Mapping[str, str] | None, credentials: BasicAuth | Authorization | None, vantage: Vantage
) -> Mapping[str, str] | None:
    """Return the headers of a request, with our credentials if there are any."""
    if credentials is None:
        return headers
    return {**(headers or {}), "Authorization": credentials.value(Wallet(vantage))}
