"""How the request of a probe is made, but for what is secret."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor.plugin import HttpOptions, TlsConfig

if TYPE_CHECKING:
    from datashare_monitor_http.probe import HttpProbe

DECOMPRESSED = frozenset({"gzip", "deflate", "br"})


def making(probe: "HttpProbe") -> HttpOptions:
    """Return how to make the request; probes that make it alike share one."""
    is_http2 = "HTTP/2.0" in probe.valid_http_versions if probe.enable_http2 is None else probe.enable_http2
    return _shared(
        tls_config=tls_for(probe.tls_config, probe.headers),
        follow_redirects=probe.follow_redirects and not probe.no_follow_redirects,
        max_body=probe.body_size_limit,
        preferred_ip_protocol=probe.preferred_ip_protocol,
        ip_protocol_fallback=probe.ip_protocol_fallback,
        decompress=probe.compression in DECOMPRESSED,
        proxy=probe.proxy_url,
        no_proxy=probe.bypassed,
        http2=is_http2,
    )


def tls_for(config: TlsConfig, headers: Mapping[str, str]) -> TlsConfig:
    """Return the configuration as blackbox_exporter has it: a Host header is the name to verify unless one is given."""
    host = next((text for name, text in headers.items() if name.lower() == "host"), "")
    if not host or config.server_name:
        return config
    return replace(config, server_name=urlsplit(f"//{host}").hostname)


_shared = lru_cache(maxsize=1024)(HttpOptions)
