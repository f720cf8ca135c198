"""The proxies of the environment are those that a program in Go would use."""

import pytest

from monitor.network.environment import EnvironmentProxies
from monitor.network.weburl import web_url

BOTH = {"HTTP_PROXY": "http://plain.example:3128", "HTTPS_PROXY": "https://secure.example:3129"}


@pytest.mark.parametrize(
    ("environment", "url", "proxy"),
    [
        (BOTH, "http://a.example/", "http://plain.example:3128"),
        (BOTH, "https://a.example/", "https://secure.example:3129"),
        ({"http_proxy": "http://small.example:1"}, "http://a.example/", "http://small.example:1"),
        (
            {"HTTP_PROXY": "http://large.example:1", "http_proxy": "http://small.example:1"},
            "http://a.example/",
            "http://large.example:1",
        ),
        ({"HTTP_PROXY": "", "http_proxy": "http://small.example:1"}, "http://a.example/", "http://small.example:1"),
        ({"HTTP_PROXY": "proxy.example:3128"}, "http://a.example/", "http://proxy.example:3128"),
        ({"HTTP_PROXY": "http://proxy.example:3128"}, "https://a.example/", ""),
        ({"ALL_PROXY": "http://proxy.example:3128"}, "http://a.example/", ""),
        ({}, "https://a.example/", ""),
        (BOTH, "http://localhost:8080/", ""),
        (BOTH, "https://127.0.0.9/", ""),
        (BOTH, "http://[::1]/", ""),
        (BOTH, "http://[::ffff:127.0.0.1]/", ""),
        (BOTH, "http://10.1.2.3/", "http://plain.example:3128"),
        ({**BOTH, "NO_PROXY": "*"}, "http://a.example/", ""),
        ({**BOTH, "NO_PROXY": "b.example, a.example"}, "https://x.a.example/", ""),
        ({**BOTH, "NO_PROXY": ".a.example"}, "http://a.example/", "http://plain.example:3128"),
        ({**BOTH, "NO_PROXY": "*.a.example"}, "http://x.a.example/", ""),
        ({**BOTH, "no_proxy": "10.0.0.0/8"}, "http://10.1.2.3/", ""),
        ({**BOTH, "NO_PROXY": "a.example:81"}, "http://a.example/", "http://plain.example:3128"),
        ({**BOTH, "NO_PROXY": " , "}, "http://a.example/", "http://plain.example:3128"),
    ],
)
def test_proxy_of_a_target(environment, url, proxy):
    found = EnvironmentProxies.of(environment).url_for(web_url(url))

    assert found == proxy


def test_credentials_are_not_shown():
    proxies = EnvironmentProxies.of({"HTTP_PROXY": "http://u:canary@p.example", "HTTPS_PROXY": "https://u:canary@p"})

    assert "canary" not in repr(proxies)
