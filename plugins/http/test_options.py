"""Options that make no sense, alone or together, are refused when configuration is read, with what to write instead."""

import pytest
from datashare_monitor_http import HttpProbe

from monitor.testing import configured

SECRET = {"env": "A"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"method": "get"}, "write GET"),
        ({"method": "FETCH"}, "known: GET, HEAD"),
        ({"method": "CONNECT"}, "is no method"),
        ({"valid_http_versions": ["HTTP/2"]}, r"write HTTP/1.0, HTTP/1.1, HTTP/2.0"),
        ({"valid_status_codes": [99]}, "is no status code; write a code such as 204"),
        ({"valid_status_codes": [-200]}, "is no status code"),
        ({"valid_status_codes": ["299-200"]}, 'runs backwards; write "200-299"'),
        ({"valid_status_codes": ["2XX"]}, "is no status code"),
        ({"valid_status_codes": ["6xx"]}, "is no status code"),
        ({"headers": {"X Y": "z"}}, "is no name of a header"),
        ({"headers": {"X": "a\r\nY: b"}}, "holds a line break"),
        ({"headers": {"Content-Length": "5"}}, "is written by the monitor"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "is there twice"),
        ({"headers": {"X-A": "1"}, "http_headers": {"x-a": {"values": ["2"]}}}, "in headers and in http_headers"),
        ({"http_headers": {"X-A": {}}}, "needs values, secrets or files"),
        ({"http_headers": {"X-A": {"values": ["a\nb"]}}}, "holds a line break"),
        ({"body": "x", "body_file": "/y"}, "body or body_file"),
        ({"body": "x", "method": "TRACE"}, "has no body"),
        ({"bearer_token": SECRET, "bearer_token_file": "/x"}, "bearer_token or bearer_token_file, not both"),
        ({"bearer_token": SECRET, "headers": {"authorization": "x"}}, "or the header Authorization"),
        ({"bearer_token_file": ""}, "not the path of a file"),
        ({"basic_auth": {"password": SECRET}}, "username or username_file"),
        ({"basic_auth": {"username": "u", "password": SECRET, "password_file": "/x"}}, "password or password_file"),
        ({"authorization": {"type": "Bearer"}}, "credentials or credentials_file"),
        ({"authorization": {"type": "Basic", "credentials": SECRET}}, "write basic_auth"),
        ({"oauth2": {"client_id": "c", "token_url": "https://t.example/"}}, "client_secret or client_secret_file"),
        (
            {
                "oauth2": {
                    "client_id": "c",
                    "client_secret": SECRET,
                    "token_url": "https://t.example/",
                    "endpoint_params": {"scope": "x"},
                }
            },
            "scope has an option of its own",
        ),
        ({"no_follow_redirects": False, "follow_redirects": False}, "contradict each other"),
        ({"degraded_over": "2s", "down_over": "1s"}, "degraded_over must be less than down_over"),
        ({"degraded_over": "-1s"}, "less than nothing"),
        ({"body_size_limit": "-1KiB"}, "is not a size"),
        ({"compression": "gzip", "headers": {"Accept-Encoding": "br, identity"}}, "does not accept it"),
        ({"compression": "gzip", "headers": {"Accept-Encoding": "gzip;q=0, *"}}, "does not accept it"),
        (
            {"proxy_from_environment": True, "proxy_url": "http://proxy.example:3128"},
            "or proxy_from_environment",
        ),
        ({"proxy_from_environment": True, "no_proxy": "a.example"}, "set NO_PROXY in the environment"),
        ({"proxy_url": "socks4://proxy.example/"}, "is not a URL of a proxy; write http://host:port"),
        (
            {"proxy_url": "socks5://proxy.example:1080", "proxy_connect_header": {"X-Way": ["x"]}},
            "a SOCKS5 one takes no headers",
        ),
        ({"proxy_url": "http://proxy.example", "proxy_connect_header": {"X-Way": ["a\nb"]}}, "holds a line break"),
        ({"proxy_basic_auth": {"username": "me", "password": SECRET}}, "belongs to proxy_url"),
        (
            {
                "proxy_url": "http://proxy.example:3128",
                "proxy_basic_auth": {"username": "me", "password": SECRET},
                "proxy_connect_header": {"Proxy-Authorization": ["x"]},
            },
            "or the header Proxy-Authorization",
        ),
        ({"skip_resolve_phase_with_proxy": False}, "the proxy resolves"),
        ({"no_proxy": "a.example b.example"}, "separate them by commas"),
        ({"enable_http2": False, "valid_http_versions": ["HTTP/2.0"]}, "enable_http2 is false"),
        ({"assertions": [{"json": "a"}]}, "exactly one comparison"),
        ({"assertions": [{"json": "a", "equals": 1, "exists": True}]}, "exactly one comparison"),
        ({"assertions": [{"equals": 1}]}, "exactly one of json, xml and header"),
        ({"assertions": [{"json": "a", "xml": "//a", "equals": 1}]}, "exactly one of json, xml and header"),
        ({"assertions": [{"json": "a[", "equals": 1}]}, "no expression of JMESPath"),
        ({"assertions": [{"xml": "//a[", "equals": 1}]}, "no expression of XPath"),
        ({"assertions": [{"xml": "//soap:Body", "exists": True}]}, "write its URI under namespaces"),
        ({"assertions": [{"xml": "document('x')", "exists": True}]}, "no expression of XPath"),
        ({"assertions": [{"json": "a", "namespaces": {"a": "b"}, "equals": 1}]}, "namespaces are for xml"),
        ({"assertions": [{"json": "a", "equals": 1, "level": "unknown"}]}, "degraded"),
        ({"assertions": [{"status_codes": ["2xx"], "json": "a", "equals": 1}]}, "stand alone"),
        ({"assertions": [{"json": "a", "matches": "(?=x)"}]}, "RE2"),
        ({"readings": {"Queue": "a"}}, "no name of a reading"),
        ({"readings": {"success": "a"}}, "the monitor itself reports"),
        ({"readings": {"http_status_code": "a"}}, "the monitor itself reports"),
        ({"readings": {"queue": "a", "probe_queue": "b"}}, "two readings are called probe_queue"),
        ({"readings": {"queue": "a["}}, "no expression of JMESPath"),
        ({"readings": {"queue": {"optional": True}}}, "exactly one of json, xml and header"),
        ({"readings": {f"n{n}": "a" for n in range(21)}}, "more than 20"),
        ({"readings": {"queue": "a"}, "body_size_limit": "5MiB"}, "at most 4MiB"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        configured(HttpProbe, {"target": "http://lgsp.example/", **settings})


@pytest.mark.parametrize(
    "settings",
    [
        {"compression": "gzip", "headers": {"Accept-Encoding": "br;q=1.0, gzip;q=0.5"}},
        {"compression": "identity", "headers": {"Accept-Encoding": "br"}},
        {"no_follow_redirects": True},
        {"proxy_from_environment": True, "proxy_connect_header": {"X-Way": ["a"]}},
        {"proxy_url": "https://proxy.example:3129"},
        {"no_proxy": "localhost, *.hue.example, .hanoi.example, 10.0.0.0/8, [2001:db8::1]:443, *"},
        {"valid_status_codes": [200, "3xx", "400-404", "418"]},
        {"skip_resolve_phase_with_proxy": True, "proxy_url": "http://proxy.example:3128"},
        {"assertions": [{"xml": "/s:E[s:x='a:b']/@y", "namespaces": {"s": "urn:s"}, "equals": "z"}]},
    ],
)
def test_settings_that_make_sense_are_taken(settings):
    configured(HttpProbe, {"target": "http://lgsp.example/", **settings})
