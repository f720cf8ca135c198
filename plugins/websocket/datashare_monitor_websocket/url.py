"""The URL of a WebSocket (RFC 6455, section 3)."""

import re
from functools import lru_cache

from websockets.uri import WebSocketURI, parse_uri

from monitor.plugin.addresses import read_url


@lru_cache(maxsize=1024)
def parsed(target: str) -> WebSocketURI:
    """Return the parts of a URL.

    Raises:
        ValueError: It is none of a WebSocket; the message says what to write.
    """
    # Not kept in the probe: the process that reads the configuration hands over nothing but values of our own.
    scheme, separator, rest = target.partition("://")
    if not separator or scheme not in {"ws", "wss"}:
        raise ValueError("target is not a WebSocket's URL; write ws://host/path or wss://host/path")
    try:
        read_url(f"{'https' if scheme == 'wss' else 'http'}://{rest}")
    except ValueError as error:
        raise ValueError(re.sub(r"\bhttp(s?)://", r"ws\1://", str(error))) from None
    if "#" in rest:
        raise ValueError("the URL of a WebSocket has no fragment; leave out # and what follows")
    return parse_uri(target)
