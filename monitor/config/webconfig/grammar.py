"""The keys of a web-config file, as exporter-toolkit has them, and ``roles``."""

import re
from typing import Annotated, Any, Literal

import bcrypt
from pydantic import Field

from monitor.config.documents.shape import Shape
from monitor.config.modules.scalars import Flag, Period, Text
from monitor.config.problem import suggestion
from monitor.config.webconfig.suites import CURVES, INSECURE, SUITES
from monitor.config.webconfig.webconfig import Role
from monitor.plugin.fields import Scalar
from monitor.plugin.quantities import shown

NEVER_SET: Any = None
HASH = re.compile(r"\$2[aby]\$([0-3][0-9])\$[./A-Za-z0-9]{53}", re.ASCII)
COSTS = range(4, 16)
"""Of bcrypt; one more takes twice the time, and 15 takes some two seconds."""
MAKE_ONE = "make one with htpasswd -nBC 12 NAME"
VISIBLE = re.compile(r"[\t\x20-\x7e]*", re.ASCII)
HEADERS: dict[str, tuple[str, ...]] = {
    "Content-Security-Policy": (),
    "Strict-Transport-Security": (),
    "X-Content-Type-Options": ("nosniff",),
    "X-Frame-Options": ("deny", "sameorigin"),
    "X-XSS-Protection": (),
}
"""Those that exporter-toolkit sets, and the values it takes; empty for any."""


def read_pem(value: object) -> str:
    """Return PEM text.

    Raises:
        ValueError: It is something else; the message never repeats it, as it may be a key.
    """
    if isinstance(value, str) and "-----BEGIN " in value:
        return value
    raise ValueError("this is not PEM; write | behind the key and the lines from -----BEGIN to -----END below it")


def read_hash(value: object) -> bytes:
    """Return a bcrypt hash.

    Raises:
        ValueError: It is something else; the message never repeats it, as it may be the password itself.
    """
    found = HASH.fullmatch(value) if isinstance(value, str) else None
    if not isinstance(value, str) or found is None:
        raise ValueError(f"this is not a bcrypt hash, which begins with $2y$, $2b$ or $2a$; {MAKE_ONE}")
    if int(found[1]) not in COSTS:
        raise ValueError(f"a bcrypt hash of the cost {found[1]} is not taken, 4 to {COSTS[-1]} are; {MAKE_ONE}")
    try:
        bcrypt.hashpw(b"", f"{value[:4]}04{value[6:29]}".encode())
    except ValueError:
        raise ValueError(f"this is not a whole bcrypt hash; {MAKE_ONE}") from None
    return value.encode()


def read_suite(value: object) -> str:
    """Return the name of a cipher suite, as Go and IANA write it.

    Raises:
        ValueError: Go's list of secure suites does not have it.
    """
    if value in SUITES:
        return str(value)
    if value in INSECURE:
        raise ValueError(f"{shown(value)} is not secure, and exporter-toolkit does not take it either; leave it out")
    near = suggestion(value, SUITES) if isinstance(value, str) else ""
    raise ValueError(f"{shown(value)} is not a cipher suite{near or '; known are ' + ', '.join(SUITES)}")


def read_curve(value: object) -> str:
    """Return the name of a curve, as Go writes it.

    Raises:
        ValueError: exporter-toolkit does not know it.
    """
    if value in CURVES:
        return str(value)
    near = suggestion(value, CURVES) if isinstance(value, str) else ""
    raise ValueError(f"{shown(value)} is not a curve{near or '; known are ' + ', '.join(CURVES)}")


def read_header_value(value: object) -> str:
    """Return the value of a header.

    Raises:
        ValueError: It has characters that end a header, or none of ASCII's.
    """
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value  # as Go does
    if isinstance(text, str) and VISIBLE.fullmatch(text):
        return text
    raise ValueError(f"{shown(value)} is not the value of a header; write it on one line, in quotes")


Pem = Annotated[str, Scalar(read_pem, {"type": "string", "contentMediaType": "application/x-pem-file"})]
Hash = Annotated[bytes, Scalar(read_hash, {"type": "string", "pattern": r"^\$2[aby]\$[0-3][0-9]\$[./A-Za-z0-9]{53}$"})]
Suite = Annotated[str, Scalar(read_suite, {"type": "string", "enum": list(SUITES)})]
Curve = Annotated[str, Scalar(read_curve, {"type": "string", "enum": list(CURVES)})]
HeaderValue = Annotated[str, Scalar(read_header_value, {"type": "string"})]
Version = Literal["TLS10", "TLS11", "TLS12", "TLS13"]
ClientAuth = Literal[
    "", "NoClientCert", "RequestClientCert", "RequireClientCert", "RequireAnyClientCert", "VerifyClientCertIfGiven",
    "RequireAndVerifyClientCert",
]  # fmt: skip


class TlsServerShape(Shape):
    """How TLS is spoken."""

    cert: Pem = NEVER_SET
    key: Pem = NEVER_SET
    client_ca: Pem = NEVER_SET
    cert_file: Text = NEVER_SET
    key_file: Text = NEVER_SET
    client_ca_file: Text = NEVER_SET
    client_auth_type: ClientAuth = ""
    client_allowed_sans: list[Text] | None = None
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"
    cipher_suites: list[Suite] = Field(default_factory=list)
    curve_preferences: list[Curve] = Field(default_factory=list)
    prefer_server_cipher_suites: Flag = True


class HttpServerShape(Shape):
    """What goes into every answer. ``http2`` is read and has no effect: this surface speaks HTTP/1.1."""

    http2: Flag = True
    headers: dict[str, HeaderValue] = Field(default_factory=dict)


class RateLimitShape(Shape):
    """A token bucket for all requests together; an interval of 0 is no limit."""

    interval: Period = 0.0
    burst: int = Field(default=0, ge=0, le=1_000_000)


class RolesShape(Shape):
    """Who may do what."""

    users: dict[str, list[Role]] = Field(default_factory=dict)
    client_sans: dict[str, list[Role]] = Field(default_factory=dict)
    anonymous: list[Role] = Field(default_factory=list)


class WebConfigFile(Shape):
    """A whole file."""

    tls_server_config: TlsServerShape | None = None
    http_server_config: HttpServerShape = HttpServerShape()
    basic_auth_users: dict[str, Hash] = Field(default_factory=dict, max_length=1000)
    rate_limit: RateLimitShape = RateLimitShape()
    roles: RolesShape | None = None
