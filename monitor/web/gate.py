"""Who may change something: the Host and Origin of a POST.

A page anywhere may send a POST to a loopback address (cross-site request forgery), and a name of the attacker's may
resolve to it (DNS rebinding). A name is therefore accepted only when the operator listed it, and a browser's Origin
only when it is the Host itself or listed.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp import web

from monitor.settings import Web
from monitor.web.refusal import RefusedError


def host_name(host: str) -> str:
    """Return the host of ``host:port`` in lower case, an IPv6 literal without its brackets."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if host.count(":") == 1 else host


def is_ours(host: str, settings: Web, local: str) -> bool:
    """Return whether a Host header names this listener, whose connection arrived at the address ``local``."""
    allowed = {entry.lower() for entry in settings.hosts}
    name = host_name(host)
    if host.strip().lower() in allowed or name in allowed or name == "localhost":
        return True
    try:
        literal = ip_address(name)
    except ValueError:
        return False
    return literal in {settings.address, _plain(local)}


def check_post(request: web.Request, settings: Web) -> None:
    """Let a POST pass, or say why not.

    Raises:
        RefusedError: 421 for a Host, 403 for an Origin.
    """
    host = request.headers.get("Host", "") if request.raw_path.startswith("/") else _authority(request.raw_path)
    if len(request.headers.getall("Host", ())) != 1 or not is_ours(host, settings, local_address(request)):
        raise RefusedError(421, f"the Host {host!r} is not one of this listener; add it to web.hosts in monitor.yaml")
    for origin in request.headers.getall("Origin", ()):
        same = origin.lower() == f"{request.scheme}://{host.strip().lower()}"
        if not same and origin not in settings.origins:
            raise RefusedError(
                403, f"a page of {origin!r} may not do this; add its origin to web.origins in monitor.yaml"
            )
    if "Origin" not in request.headers and request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        raise RefusedError(403, "a page of another site may not do this; add its origin to web.origins in monitor.yaml")


def _authority(target: str) -> str:
    """Return the authority of a target in absolute form, which counts instead of the Host (RFC 9112, 3.2.2)."""
    return target.partition("://")[2].partition("/")[0]


def local_address(request: web.Request) -> str:
    """Return the address at which the connection of a request arrived."""
    name = request.transport.get_extra_info("sockname") if request.transport else None
    return str(name[0]) if isinstance(name, tuple) else ""


def local_port(request: web.Request) -> int | None:
    """Return the port at which the connection of a request arrived."""
    name = request.transport.get_extra_info("sockname") if request.transport else None
    return int(name[1]) if isinstance(name, tuple) else None


def _plain(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
