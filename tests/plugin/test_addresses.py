"""URLs and host:port are read strictly, and no message repeats what could be a password."""

import pickle

import pytest

from monitor.plugin.addresses import HostPort, host_of, read_host_port, read_url, without_credentials


@pytest.mark.parametrize(
    "url",
    [
        "https://lgsp.hanoi.example",
        "http://lgsp.hanoi.example:8080/a?b=c#d",
        "https://[2001:db8::1]:8443/",
        "https://10.0.0.1/",
        "HTTPS://LGSP.example/",
        "https://dịch-vụ.example/a",
        "https://lgsp.hanoi.example/a@b",
    ],
)
def test_url_is_kept_as_it_was_written(url):
    assert read_url(url) == url


@pytest.mark.parametrize(
    "value",
    [
        "", "lgsp.hanoi.example", "ftp://a.example", "https://", "https:///a", "https://a b/",
        "https://a.example/a b", "https://[::1", "https://[v1.x]/", "https://a.example:0/", "https://a.example:99999/",
        "https://a.example:x/", "https://a..b/", "javascript:x",
        "https://a.example/\x00", "https://a.example\\@b.example/",
        "https://a.example/" + "x" * 5000, 5, None, ["https://a.example"],
    ],
)  # fmt: skip
def test_what_is_no_url_is_refused(value):
    with pytest.raises(ValueError, match=r"is not a URL|holds no"):
        read_url(value)


@pytest.mark.parametrize(
    "value", ["https://admin:hunter2@a.example/", "https://hunter2@a.example", "http://a:hunter2@[::1]:80/ x"]
)
def test_password_in_a_url_is_refused_and_not_repeated(value):
    with pytest.raises(ValueError, match="URL") as caught:
        read_url(value)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("lgsp.hanoi.example:443", "lgsp.hanoi.example", 443),
        ("LGSP.Hanoi.Example:443", "lgsp.hanoi.example", 443),
        ("10.0.0.1:1", "10.0.0.1", 1),
        ("[2001:DB8::1]:65535", "2001:db8::1", 65535),
    ],
)
def test_host_and_port_are_read(text, host, port):
    assert read_host_port(text) == HostPort(host, port)


@pytest.mark.parametrize(
    "value",
    [
        "", "a.example", "a.example:", ":443", "a.example:0", "a.example:65536", "a.example:44x",
        "a.example:٤", "2001:db8::1:443", "[::1]", "[::1]443", "[nonsense]:443", "https://a.example:443", "a b:443",
        "a/b:443", "admin:hunter2@a.example:443", 443, None, "a..b:443",
    ],
)  # fmt: skip
def test_what_is_no_host_and_port_is_refused_without_passwords(value):
    with pytest.raises(ValueError, match=r"host|port|brackets") as caught:
        read_host_port(value)

    assert "hunter2" not in str(caught.value)


def test_host_and_port_are_written_as_they_are_read():
    assert str(HostPort("2001:db8::1", 443)) == "[2001:db8::1]:443"
    assert str(HostPort("a.example", 443)) == "a.example:443"


def test_host_and_port_survive_pickling():
    assert pickle.loads(pickle.dumps(HostPort("a.example", 443))) == HostPort("a.example", 443)


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("https://LGSP.example:8443/a", "lgsp.example"),
        ("https://[2001:db8::1]/", "2001:db8::1"),
        (HostPort("a.example", 443), "a.example"),
        ("a.example:53", "a.example"),
        ("A.example", "a.example"),
        ("[::1]", "::1"),
        (None, ""),
        (5, ""),
        ("https://[::1", ""),
    ],
)
def test_host_of_a_field_is_in_lower_case_and_without_port(value, host):
    assert host_of(value) == host


def test_quoted_address_shows_no_credentials_and_no_query():
    assert without_credentials("https://user:hunter2@a.example/x?token=hunter2") == '"…@a.example/x"'
