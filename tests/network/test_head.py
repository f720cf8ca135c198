"""A head holds what was asked for and cannot be broken open."""

import pytest

from monitor.network.head import checked, head
from monitor.network.weburl import web_url
from monitor.observation import Reason
from monitor.plugin import ProbeError

URL = web_url("http://a.example:81/x?y=z")


def lines(*args, **options):
    return head(*args, decompress=False, **options).decode().split("\r\n")


def test_a_plain_request_is_short():
    assert lines("GET", URL, (), None) == [
        "GET /x?y=z HTTP/1.1", "Host: a.example:81", "User-Agent: datashare-monitor", "Accept: */*",
        "Connection: close", "", "",
    ]  # fmt: skip


def test_the_callers_headers_take_the_place_of_ours():
    fields = (("host", "b.example"), ("USER-AGENT", "u"), ("Accept", "a/b"), ("connection", "keep-alive"))

    assert lines("GET", URL, fields, None) == [
        "GET /x?y=z HTTP/1.1",
        *(f"{name}: {value}" for name, value in fields),
        "",
        "",
    ]


def test_a_given_authorization_is_preferred_to_that_of_the_url():
    url = web_url("http://user:word@a.example/")

    assert "Authorization: mine" in lines("GET", url, (("Authorization", "mine"),), None)
    assert sum("uthorization" in line for line in lines("GET", url, (("authorization", "mine"),), None)) == 1


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [("GET", None, None), ("GET", b"", "0"), ("POST", None, "0"), ("POST", b"abc", "3"), ("DELETE", b"a", "1")],
)
def test_a_body_has_its_length(method, body, expected):
    found = [line for line in lines(method, URL, (), body) if line.startswith("Content-Length: ")]

    assert found == ([] if expected is None else [f"Content-Length: {expected}"])


@pytest.mark.parametrize("method", ["", "GE T", "GET\r\nX: y", "GET\0", "ĞET"])
def test_what_is_no_method_is_refused(method):
    with pytest.raises(ProbeError) as caught:
        lines(method, URL, (), None)

    assert caught.value.reason is Reason.PLUGIN


def test_letters_of_any_language_go_out_as_utf8():
    assert "X: Hà Nội".encode() in head("GET", URL, checked({"X": "Hà Nội"}), None, decompress=True)
