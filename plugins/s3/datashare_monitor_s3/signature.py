"""Signature version 4 of AWS for a GET without a body.

After https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html; the tests compare with botocore.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "s3"
EMPTY = hashlib.sha256(b"").hexdigest()
UNRESERVED = "-_.~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Who signs.

    Attributes:
        token: Of a session that ends; empty when the keys last.
    """

    identity: str
    secret: str = field(repr=False)
    token: str = field(default="", repr=False)


def encoded(path: str) -> str:
    """Return a path as it is signed and sent; slashes stay."""
    return quote(path, safe="/" + UNRESERVED)


def query(parameters: dict[str, str]) -> str:
    """Return parameters as they are signed and sent: in order, with nothing left to encode."""
    pairs = sorted((quote(name, safe=UNRESERVED), quote(value, safe=UNRESERVED)) for name, value in parameters.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def signed(host: str, path: str, query_text: str, region: str, keys: Keys, now: datetime) -> dict[str, str]:
    """Return the headers of a request.

    Args:
        host: As the header Host has it.
        path: Encoded.
        query_text: Encoded and in order.
        region: Where the bucket is.
        keys: Who signs.
        now: In UTC.
    """
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    headers = {"host": host, "x-amz-content-sha256": EMPTY, "x-amz-date": moment}
    if keys.token:
        headers["x-amz-security-token"] = keys.token
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"GET\n{path}\n{query_text}\n{lines}\n{names}\n{EMPTY}"
    scope = f"{day}/{region}/{SERVICE}/aws4_request"
    text = "\n".join((ALGORITHM, moment, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = f"AWS4{keys.secret}".encode()
    for part in (day, region, SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    said = f"{ALGORITHM} Credential={keys.identity}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**{name: value for name, value in headers.items() if name != "host"}, "authorization": said}
