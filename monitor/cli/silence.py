"""Why no daemon answers at a URL, in words, and what to do."""

import os
import ssl
from http.client import HTTPException, RemoteDisconnected
from socket import gaierror
from urllib.error import URLError
from urllib.parse import urlsplit

SILENT = (OSError, HTTPException)
"""What is raised when none answers, ``URLError`` included."""


def is_url(text: str) -> bool:
    """Tell whether a text is a URL that can be asked."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    is_whole = text.isprintable() and " " not in text
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0 and is_whole


def silence(error: BaseException) -> str:
    """Return why none answers, and the remedy, where there is one beside another URL."""
    while isinstance(error, URLError) and isinstance(error.reason, BaseException):
        error = error.reason
    match error:
        case ConnectionRefusedError():
            return "the connection is refused (is it running?)"
        case gaierror():
            return "its name has no address"
        case TimeoutError():
            return "it takes too long (is it overloaded, or a firewall between?)"
        case ssl.SSLError():
            return _handshake(error)
        case RemoteDisconnected() | ConnectionError():
            return "it closes the connection; if it speaks TLS, write https:// instead of http://"
        case HTTPException():
            return "what it says is not HTTP, or not all of it"
        case OSError(errno=int(number)):
            return os.strerror(number).lower()
    return str(error)


def _handshake(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}); write --ca-file"
    if error.reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}:
        return "it speaks no TLS; write http:// instead of https://"
    why = (error.reason or "the handshake failed").replace("_", " ").lower()
    return f"TLS cannot be agreed on ({why}); if it asks for a certificate, write --cert-file"
