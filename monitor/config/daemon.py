"""``monitor.yaml`` to Settings."""

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any

from monitor.config.documents.allow import allow_of
from monitor.config.documents.daemon import MonitorFile, PluginShape, WebShape
from monitor.config.documents.shape import Shape
from monitor.plugin.addresses import HostPort
from monitor.settings import (
    Egress,
    History,
    Nameservers,
    Newest,
    OnRequest,
    PluginSettings,
    Settings,
    Slots,
    Web,
    Witnesses,
)


def settings_of(file: MonitorFile) -> Settings:
    """Return the settings; what the file leaves out keeps its default."""
    peers = tuple((peer.host, peer.port) for peer in file.witnesses.peers)
    egress = _set(file.egress, deny=tuple(file.egress.deny), sockets=tuple(file.egress.sockets))
    if file.egress.allow is not None:
        egress["allow"] = tuple(file.egress.allow)
    return Settings(
        **_set(file, only=("vantage", "beat", "lag")),
        web=_web(file.listen, file.web),
        egress=Egress(**egress),
        nameservers=Nameservers(**_set(file.nameservers, servers=tuple(file.nameservers.servers))),
        slots=Slots(**_set(file.slots)),
        witnesses=Witnesses(**_set(file.witnesses, peers=peers)),
        probe=OnRequest(**_set(file.probe, allow=allow_of(file.probe.allow))),
        history=History(**_renamed(_set(file.history), enabled="is_kept")),
        newest=Newest(**_renamed(_set(file.newest), memory="memory_bytes")),
        plugins={name: plugin_settings(shape) for name, shape in file.plugins.items()},
        log_level=file.log.level,
        log_format=file.log.format,
    )


def plugin_settings(shape: PluginShape) -> PluginSettings:
    """Return the settings of one plugin."""
    found = _renamed(_set(shape), memory="memory_bytes")
    cpu = found.pop("cpu", None)
    return PluginSettings(**found) if cpu is None else PluginSettings(**found, cpu_seconds=cpu.total_seconds())


def _web(listen: HostPort | None, shape: WebShape) -> Web:
    web: dict[str, Any] = _set(shape, hosts=frozenset(host.lower() for host in shape.hosts))
    web["origins"] = frozenset(shape.origins)
    if listen is not None:
        web |= {"address": ip_address(listen.host), "port": listen.port}
    return Web(**web)


def _set(shape: Shape, only: tuple[str, ...] | None = None, **instead: Any) -> dict[str, Any]:
    names = only or tuple(type(shape).model_fields)
    found = {name: getattr(shape, name) for name in names}
    return {name: value for name, value in (found | instead).items() if value is not None}


def _renamed(found: Mapping[str, Any], **names: str) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in found.items()}
