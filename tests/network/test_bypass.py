"""What is reached without the proxy."""

import pytest

from monitor.network.bypass import bypasses
from monitor.network.weburl import web_url


@pytest.mark.parametrize(
    ("url", "entry", "expected"),
    [
        ("http://a.example/", "a.example", True),
        ("http://b.a.example/", "a.example", True),
        ("http://ba.example/", "a.example", False),
        ("http://a.example/", ".a.example", False),
        ("http://b.a.example/", ".a.example", True),
        ("http://a.example/", "*.a.example", False),
        ("http://b.a.example/", "*.a.example", True),
        ("http://A.example/", "a.EXAMPLE", True),
        ("https://a.example/", "a.example:443", True),
        ("http://a.example/", "a.example:443", False),
        ("http://a.example/", "*", True),
        ("http://10.1.2.3/", "10.0.0.0/8", True),
        ("http://11.1.2.3/", "10.0.0.0/8", False),
        ("http://10.1.2.3/", "10.1.2.3", True),
        ("http://10.1.2.3:81/", "10.1.2.3:80", False),
        ("http://[2001:db8::1]/", "2001:db8::/32", True),
        ("http://[2001:db8::1]:8080/", "[2001:db8::1]:8080", True),
        ("http://a.example/", "10.0.0.0/8", False),
        ("http://10.1.2.3/", "a.example", False),
    ],
)
def test_an_entry_means_what_it_says(url, entry, expected):
    assert bypasses(web_url(url), ("other.example", entry)) is expected
