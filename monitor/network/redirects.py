"""Where a redirect leads, and what is carried along."""

from dataclasses import dataclass, replace

from monitor.network.head import Fields, without
from monitor.network.weburl import UrlError, WebUrl, joined
from monitor.observation import Reason
from monitor.plugin.errors import ProbeError
from monitor.plugin.vantage import TlsConfig

CARRIED = frozenset({"accept", "accept-language", "user-agent"})
"""The only headers of the caller's that another origin gets to see: any other may be a credential."""
ABOUT_THE_BODY = frozenset({"content-type", "content-encoding", "content-language", "content-location"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request to be sent.

    Attributes:
        cookies: Those of this run, for this URL; the caller's own are among the fields.
    """

    method: str
    url: WebUrl
    fields: Fields
    body: bytes | None
    tls_config: TlsConfig
    cookies: str = ""


def follow(request: Request, status: int, location: str) -> Request:
    """Return the request that a redirect asks for.

    Raises:
        ProbeError: It leads nowhere, or would carry the body to another origin (``Reason.REDIRECT``).
    """
    try:
        url = joined(request.url, location)
    except UrlError as error:
        raise ProbeError(Reason.REDIRECT, f"redirects to what cannot be followed: {error}") from None
    becomes_get = (status == 303 and request.method != "HEAD") or (status in (301, 302) and request.method == "POST")
    method = "GET" if becomes_get else request.method
    body = None if becomes_get else request.body
    fields = without(request.fields, ABOUT_THE_BODY) if becomes_get else request.fields
    if url.origin == request.url.origin:
        kept = replace(url, authorization=request.url.authorization)
        return replace(request, method=method, url=kept, fields=fields, body=body)
    if body:
        raise ProbeError(Reason.REDIRECT, f"redirects the body of a {method} to another origin")
    fields = tuple((name, value) for name, value in fields if name.lower() in CARRIED)
    tls_config = replace(request.tls_config, cert_file=None, key_file=None, server_name=None)
    return Request(method=method, url=url, fields=fields, body=body, tls_config=tls_config)


def refuse_detour(asked: str, url: WebUrl, error: ProbeError | OSError) -> None:
    """Return if a failure is one of the target itself, and not of where it led.

    That we may not connect to the host we were asked to watch is our own fault. Where a target sends us is the target's
    doing: a service that was taken over, and leads its users elsewhere, must not pass for unknown.

    Args:
        asked: The host that the configuration names.
        url: Where the redirect led.
        error: What happened there.

    Raises:
        ProbeError: The monitor may not connect to where a redirect led.
    """
    if isinstance(error, ProbeError):
        is_refused = error.reason is Reason.EGRESS
    else:  # a rule of the system, and not a file that may not be read
        is_refused = isinstance(error, PermissionError) and error.filename is None
    if url.host != asked and is_refused:
        remedy = "if it belongs there, add its network to egress.allow (for /probe: to probe.allow)"
        detail = f"redirects to {url.host}, where the monitor may not connect; {remedy}"
        raise ProbeError(Reason.REDIRECT, detail) from error
