"""The UsernameToken of WS-Security (OASIS UsernameToken Profile 1.1)."""

import secrets
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from typing import Any, Literal

from lxml import etree

from monitor.plugin import Duration, Secret, Vantage
from monitor.plugin.http import Wallet
from monitor.plugin.http.soap import SoapVersion

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
WSSE = f"{_OASIS}-wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}-wssecurity-utility-1.0.xsd"
PROFILE = f"{_OASIS}-username-token-profile-1.0"
BASE64 = f"{_OASIS}-soap-message-security-1.0#Base64Binary"
NONCE_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class UsernameToken:
    """Our name and password in the header of the envelope; every call has a nonce and a time of its own.

    Attributes:
        username: The name.
        password: The password.
        type: Whether the password goes as a ``digest`` or as ``text``, which needs TLS.
        expires: How long the message is good; without it, it does not say.
        must_understand: Whether a service that does not know WS-Security has to refuse.
    """

    username: str
    password: Secret
    type: Literal["digest", "text"] = "digest"
    expires: Duration | None = None
    must_understand: bool = True

    def __post_init__(self) -> None:
        if not self.username.strip():
            raise ValueError("username_token: username is empty")

    def header(self, version: SoapVersion, vantage: Vantage, wallet: Wallet) -> Any:
        """Return the header block.

        Raises:
            ProbeError: The password cannot be read.
        """
        password, nonce, now = wallet.reveal(self.password), secrets.token_bytes(NONCE_BYTES), vantage.now()
        created = written(now)
        root = etree.Element(f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
        if self.must_understand:
            root.set(f"{{{version.namespace}}}mustUnderstand", "1")
        if self.expires is not None:
            stamp = _child(root, WSU, "Timestamp")
            _child(stamp, WSU, "Created", created)
            _child(stamp, WSU, "Expires", written(now + self.expires))
        token = _child(root, WSSE, "UsernameToken")
        _child(token, WSSE, "Username", self.username)
        is_digest = self.type == "digest"
        sent = digest(nonce, created, password) if is_digest else password
        wallet.remember(sent)
        kind = f"{PROFILE}#{'PasswordDigest' if is_digest else 'PasswordText'}"
        _child(token, WSSE, "Password", sent).set("Type", kind)
        _child(token, WSSE, "Nonce", b64encode(nonce).decode()).set("EncodingType", BASE64)
        _child(token, WSU, "Created", created)
        return root


def digest(nonce: bytes, created: str, password: str) -> str:
    """Return the digest that the profile prescribes, SHA-1 included."""
    return b64encode(sha1(nonce + created.encode() + password.encode()).digest()).decode()  # noqa: S324 - as prescribed


def written(moment: datetime) -> str:
    """Return a time in UTC as WS-Security writes it, to the millisecond."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _child(parent: Any, space: str, name: str, text: str | None = None) -> Any:
    child = etree.SubElement(parent, f"{{{space}}}{name}")
    child.text = text
    return child
