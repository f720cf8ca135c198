"""How the request of a probe is made, but for what is secret, and what its answer has to be like."""

from functools import lru_cache
from typing import TYPE_CHECKING

from datashare_monitor_http.fields import named_by_host
from datashare_monitor_http.verdict import Expectation
from monitor.plugin import HttpOptions
from monitor.plugin.http.proxies import bypassed

if TYPE_CHECKING:
    from datashare_monitor_http.probe import HttpProbe

DECOMPRESSED = frozenset({"gzip", "deflate", "br"})


def making(probe: "HttpProbe") -> HttpOptions:
    """Return how to make the request; probes that make it alike share one."""
    is_http2 = "HTTP/2.0" in probe.valid_http_versions if probe.enable_http2 is None else probe.enable_http2
    return _shared(
        tls_config=named_by_host(probe.tls_config, probe.headers),
        follow_redirects=probe.follow_redirects and not probe.no_follow_redirects,
        max_body=probe.body_size_limit,
        preferred_ip_protocol=probe.preferred_ip_protocol,
        ip_protocol_fallback=probe.ip_protocol_fallback,
        decompress=probe.compression in DECOMPRESSED,
        proxy=probe.proxy_url,
        proxy_from_environment=probe.proxy_from_environment,
        no_proxy=bypassed(probe),
        http2=is_http2,
    )


def expectation(probe: "HttpProbe") -> Expectation:
    """Return what a good answer looks like; probes that expect the same share one."""
    return _shared_expectation(
        status_codes=probe.valid_status_codes,
        http_versions=probe.valid_http_versions,
        tls=False if probe.fail_if_ssl else True if probe.fail_if_not_ssl else None,
        body_without=probe.fail_if_body_matches_regexp,
        body_with=probe.fail_if_body_not_matches_regexp,
        headers_without=probe.fail_if_header_matches,
        headers_with=probe.fail_if_header_not_matches,
    )


_shared = lru_cache(maxsize=1024)(HttpOptions)
_shared_expectation = lru_cache(maxsize=1024)(Expectation)
