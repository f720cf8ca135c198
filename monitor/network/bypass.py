"""Which targets are reached without the proxy."""

from functools import lru_cache
from ipaddress import ip_address, ip_network

from monitor.network.weburl import WebUrl


def bypasses(url: WebUrl, no_proxy: tuple[str, ...]) -> bool:
    """Return whether one of the entries of ``no_proxy`` means the target of a URL."""
    return any(_means(entry, url.host, url.port) for entry in no_proxy)


@lru_cache(maxsize=4096)
def _means(entry: str, host: str, port: int) -> bool:
    entry = entry.strip().lower()
    if entry == "*":
        return True
    name, wanted_port = _split(entry)
    name = name.removeprefix("*") if name.startswith("*.") else name
    if wanted_port and wanted_port != str(port):
        return False
    try:
        address = ip_address(host)
    except ValueError:
        host = host.rstrip(".")
        return bool(name) and (host == name or host.endswith(name if name.startswith(".") else f".{name}"))
    try:
        return address in ip_network(name, strict=False)
    except ValueError:
        return False


def _split(entry: str) -> tuple[str, str]:
    """Return the host, address or network of an entry, and its port or nothing."""
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, rest.removeprefix(":")
    if entry.count(":") == 1:
        name, _, port = entry.partition(":")
        return name, port
    return entry, ""
