"""For plugin authors: serve answers, look once through the real engine, break the target, check conformance."""

from monitor.testing.broken import crowded, dripping, garbage, refused, stalled
from monitor.testing.conformance import assert_conforms
from monitor.testing.looks import configured, look, run
from monitor.testing.servers import serve, serve_stream
from monitor.testing.tls import TlsServer, serve_tls

__all__ = [
    "TlsServer",
    "assert_conforms",
    "configured",
    "crowded",
    "dripping",
    "garbage",
    "look",
    "refused",
    "run",
    "serve",
    "serve_stream",
    "serve_tls",
    "stalled",
]
