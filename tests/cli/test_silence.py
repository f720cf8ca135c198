"""Why no daemon answers is said in words with a remedy, whatever the system or a library calls it."""

import errno
import ssl
from http.client import BadStatusLine, RemoteDisconnected
from socket import gaierror
from urllib.error import URLError

import pytest

from monitor.cli.silence import is_url, silence


def tls(reason: str | None) -> ssl.SSLError:
    error = ssl.SSLError(1, "x")
    error.reason = reason
    return error


def refused_certificate() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "x")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "no"), "is it running?"),
        (URLError(ConnectionRefusedError(errno.ECONNREFUSED, "no")), "is it running?"),
        (gaierror(-2, "Name or service not known"), "its name has no address"),
        (TimeoutError("timed out"), "it takes too long"),
        (refused_certificate(), "not trusted (self-signed certificate); write --ca-file"),
        (tls("WRONG_VERSION_NUMBER"), "it speaks no TLS; write http:// instead of https://"),
        (tls("TLSV13_ALERT_CERTIFICATE_REQUIRED"), "(tlsv13 alert certificate required); if it asks for a certificate"),
        (tls(None), "(the handshake failed)"),
        (RemoteDisconnected("closed"), "write https:// instead of http://"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "write https:// instead of http://"),
        (BadStatusLine("SSH-2.0"), "what it says is not HTTP"),
        (OSError(errno.EHOSTUNREACH, "x"), "no route to host"),
        (URLError("unknown url type: htp"), "unknown url type: htp"),
    ],
    ids=repr,
)
def test_reason_and_remedy(error, said):
    assert said in silence(error)


@pytest.mark.parametrize("text", ["http://127.0.0.1:9664", "https://monitor.example", "http://[::1]:9664/a"])
def test_url_that_can_be_asked(text):
    assert is_url(text)


@pytest.mark.parametrize("text", ["", "9664", "ftp://a.example", "http://", "http://a:0", "http://a:x", "http://a b/"])
def test_what_is_no_url(text):
    assert not is_url(text)
