"""URLs are read alike by the quick way and by the thorough one, and no error quotes them."""

import pytest

from monitor.network.weburl import UrlError, joined, web_url


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://a.example", ("http", "a.example", 80, "a.example", "/")),
        ("https://a.example/x?y=z", ("https", "a.example", 443, "a.example", "/x?y=z")),
        ("http://a.example:8080/", ("http", "a.example", 8080, "a.example:8080", "/")),
        ("https://a.example:443/", ("https", "a.example", 443, "a.example", "/")),
        ("http://[::1]:81/x", ("http", "::1", 81, "[::1]:81", "/x")),
        ("HTTP://A.Example/X", ("http", "a.example", 80, "a.example", "/X")),
        ("http://a.example?x=1", ("http", "a.example", 80, "a.example", "/?x=1")),
        ("http://a.example/#f", ("http", "a.example", 80, "a.example", "/")),
        ("http://a.example/Hà Nội", ("http", "a.example", 80, "a.example", "/H%C3%A0%20N%E1%BB%99i")),
        ("http://a.example/%2e%2E?%zz", ("http", "a.example", 80, "a.example", "/%2e%2E?%zz")),
    ],
)
def test_urls_are_read(text, expected):
    url = web_url(text)

    assert (url.scheme, url.host, url.port, url.authority, url.path) == expected


def test_credentials_are_kept_apart_from_the_text():
    url = web_url("http://user:p%40ss@a.example/x")

    assert url.authorization == "Basic dXNlcjpwQHNz"
    assert url.text == "http://a.example/x"
    assert "p@ss" not in repr(url)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "/x",
        "ftp://a/",
        "http:///x",
        "http://a:0/",
        "http://a:65536/",
        "http://[::1/",
        "http://a:b/",
        "http://\x00/",
    ],
)
def test_what_is_no_url_is_refused_without_quoting_it(text):
    with pytest.raises(UrlError) as caught:
        web_url(text + "canary")

    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/y", "https://a.example:8443/y"),
        ("y", "https://a.example:8443/x/y"),
        ("?q=1", "https://a.example:8443/x/?q=1"),
        ("//b.example/z", "https://b.example/z"),
        ("http://user:pw@b.example/z", "http://b.example/z"),
        ("/Hà", "https://a.example:8443/H%C3%A0"),
        ("../../etc", "https://a.example:8443/etc"),
    ],
)
def test_a_location_is_joined(location, expected):
    assert joined(web_url("https://a.example:8443/x/"), location).text == expected


def test_credentials_in_a_location_are_dropped():
    assert joined(web_url("http://a.example/"), "http://user:pw@b.example/").authorization == ""
