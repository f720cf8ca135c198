"""All that a plugin imports. ``plugins/README.md`` has the tutorial; this is the list."""

from monitor.measure import Label, Measure, MeasureKind, Reading
from monitor.observation import FaultDomain, Observation, Reason, Status, degraded, down, unknown, up
from monitor.plugin.errors import ProbeError
from monitor.plugin.fields import Duration, HostPort, Pattern, Secret, Size, Source, Url
from monitor.plugin.heartbeat import Heartbeat, HeartbeatState, Inbox, Listener
from monitor.plugin.hookspecs import hookimpl
from monitor.plugin.probe import CONTRACT, Probe, ProbeKind, Where
from monitor.plugin.source import Cell, Row, Rows, SourceKind
from monitor.plugin.vantage import (
    Address,
    Answer,
    Certificate,
    Datagrams,
    Echo,
    Echoes,
    EchoOptions,
    Http,
    HttpOptions,
    IpProtocol,
    Stream,
    TlsConfig,
    TlsFacts,
    Tokens,
    Vantage,
)

__all__ = [
    "CONTRACT",
    "Address",
    "Answer",
    "Cell",
    "Certificate",
    "Datagrams",
    "Duration",
    "Echo",
    "EchoOptions",
    "Echoes",
    "FaultDomain",
    "Heartbeat",
    "HeartbeatState",
    "HostPort",
    "Http",
    "HttpOptions",
    "Inbox",
    "IpProtocol",
    "Label",
    "Listener",
    "Measure",
    "MeasureKind",
    "Observation",
    "Pattern",
    "Probe",
    "ProbeError",
    "ProbeKind",
    "Reading",
    "Reason",
    "Row",
    "Rows",
    "Secret",
    "Size",
    "Source",
    "SourceKind",
    "Status",
    "Stream",
    "TlsConfig",
    "TlsFacts",
    "Tokens",
    "Url",
    "Vantage",
    "Where",
    "degraded",
    "down",
    "hookimpl",
    "unknown",
    "up",
]
