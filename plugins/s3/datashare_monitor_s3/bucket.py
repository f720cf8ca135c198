"""A bucket: asked over the HTTP client of the vantage, so that every connection is vetted."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from datashare_monitor_s3.listing import Page, error_code, page
from datashare_monitor_s3.signature import Keys, encoded, query, signed
from monitor.plugin import Answer, HttpOptions, Pattern, ProbeError, Reason, Secret, TlsConfig, Url, Vantage
from monitor.plugin.measures import tls_readings

LARGEST_PAGE = 4 * 1024 * 1024
"""A thousand keys of the longest kind."""
REGION = Pattern("^[a-z0-9-]{1,32}$")
BUCKET = Pattern("^[A-Za-z0-9][A-Za-z0-9._-]{1,62}$")
IDENTITY = Pattern("^[!-+.-~-]{1,128}$")
CODES = {
    "NoSuchBucket": (Reason.CONTENT, "there is no such bucket"),
    "NoSuchKey": (Reason.CONTENT, "there is no such object"),
    "AccessDenied": (Reason.FORBIDDEN, "these keys may not read it"),
    "AllAccessDisabled": (Reason.FORBIDDEN, "the bucket is closed"),
    "InvalidAccessKeyId": (Reason.UNAUTHORIZED, "the access key is not known"),
    "SignatureDoesNotMatch": (Reason.UNAUTHORIZED, "the secret key is wrong"),
    "ExpiredToken": (Reason.UNAUTHORIZED, "the session token has run out"),
    "InvalidToken": (Reason.UNAUTHORIZED, "the session token is not valid"),
    "InvalidClientTokenId": (Reason.UNAUTHORIZED, "the access key is not known"),
    "RequestTimeTooSkewed": (Reason.UNAUTHORIZED, "its clock and ours differ by more than 15 minutes"),
    "AuthorizationHeaderMalformed": (Reason.UNAUTHORIZED, "the region is another one; correct region"),
    "SlowDown": (Reason.THROTTLED, "it asks us to slow down"),
    "TooManyRequests": (Reason.THROTTLED, "it asks us to slow down"),
    "InternalError": (Reason.SERVICE_FAULT, "the store failed"),
    "ServiceUnavailable": (Reason.SERVICE_FAULT, "the store is not available"),
}
STATUSES = {
    401: Reason.UNAUTHORIZED, 403: Reason.FORBIDDEN, 404: Reason.CONTENT, 429: Reason.THROTTLED,
    500: Reason.SERVICE_FAULT, 503: Reason.SERVICE_FAULT,
}  # fmt: skip
"""For an answer without a code that is known; every other status is ``Reason.STATUS``."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """Whose keys are used.

    Attributes:
        access_key_id: The public half.
        secret_access_key: The secret half.
        session_token: For keys that are lent for a while.
    """

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None = None

    def __post_init__(self) -> None:
        if not IDENTITY.search(self.access_key_id):
            raise ValueError("access_key_id is not one; write letters and digits, as the store gave them")

    def keys(self, vantage: Vantage) -> Keys:
        """Return the keys.

        Raises:
            ProbeError: A secret cannot be read.
        """
        token = "" if self.session_token is None else vantage.reveal(self.session_token)
        return Keys(identity=self.access_key_id, secret=vantage.reveal(self.secret_access_key), token=token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where a bucket is.

    Attributes:
        is_virtual: Whether the bucket's name is part of the host's.
        account: None to be nobody in particular.
    """

    endpoint: Url
    name: str
    region: str
    is_virtual: bool
    account: Account | None
    tls_config: TlsConfig

    def __post_init__(self) -> None:
        parts = urlsplit(self.endpoint)
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("endpoint is more than scheme, host and port; write bucket and prefix on their own")
        if not BUCKET.search(self.name):
            raise ValueError(f'bucket "{self.name[:40]}" is not the name of one')
        if not REGION.search(self.region):
            raise ValueError(f'region "{self.region[:40]}" is not one; write us-east-1 if the store has none')
        if self.tls_config != TlsConfig() and parts.scheme != "https":
            raise ValueError("tls_config does nothing with an endpoint that is not https:")

    async def list(self, vantage: Vantage, *, prefix: str, delimiter: str, token: str, most: int) -> Page:
        """Return a page of the list of objects.

        Raises:
            ProbeError: It was refused, or cannot be read.
            OSError: No connection, or it broke.
        """
        parameters = {"list-type": "2", "encoding-type": "url", "max-keys": str(most), "prefix": prefix}
        if delimiter:
            parameters["delimiter"] = delimiter
        if token:
            parameters["continuation-token"] = token
        answer = await self._get(vantage, "", query(parameters), LARGEST_PAGE)
        if answer.tls is not None and not token:
            vantage.note(*tls_readings(answer.tls))
        try:
            return await asyncio.to_thread(page, answer.body, most)
        except ValueError as error:
            raise ProbeError(Reason.CONTENT, f"not a list of objects: {error}") from None

    async def read(self, vantage: Vantage, key: str, most: int) -> bytes:
        """Return an object of at most so many bytes.

        Raises:
            ProbeError: It was refused, or is larger.
            OSError: No connection, or it broke.
        """
        return (await self._get(vantage, key, "", most)).body

    async def _get(self, vantage: Vantage, key: str, query_text: str, most: int) -> Answer:
        parts = urlsplit(self.endpoint)
        default = 443 if parts.scheme == "https" else 80
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        host += f":{parts.port}" if parts.port not in (None, default) else ""
        host = f"{self.name}.{host}" if self.is_virtual else host
        path = encoded(f"/{key}" if self.is_virtual else f"/{self.name}/{key}" if key else f"/{self.name}")
        headers: dict[str, str] = {}
        if self.account is not None:
            headers = signed(host, path, query_text, self.region, self.account.keys(vantage), vantage.now())
        options = HttpOptions(tls_config=self.tls_config, follow_redirects=False, max_body=most, decompress=False)
        url = f"{parts.scheme}://{host}{path}{'?' if query_text else ''}{query_text}"
        answer = await vantage.http.request("GET", url, headers=headers, options=options)
        if answer.status == 200:
            return answer
        raise refused(answer)


def refused(answer: Answer) -> ProbeError:
    """Return what an answer other than 200 means. The store's own words are left out: they hold keys."""
    if 300 <= answer.status < 400:
        region = answer.header("x-amz-bucket-region") or ""
        hint = f"; write region: {region}" if REGION.search(region) else ""
        detail = f"answered {answer.status}: the bucket is elsewhere, and nothing is followed{hint}"
        return ProbeError(Reason.REDIRECT, detail)
    code = error_code(answer.body)
    if code in CODES:
        reason, detail = CODES[code]
        return ProbeError(reason, f"{detail} ({code})")
    return ProbeError(STATUSES.get(answer.status, Reason.STATUS), f"answered {answer.status}, expected 200")
