"""Probe kind ``soap``: calls a SOAP service and judges its answer. Source kind ``soap``: rows of an answer."""

from collections.abc import Iterator

from datashare_monitor_soap.probe import SoapProbe
from datashare_monitor_soap.readings import MEASURES
from datashare_monitor_soap.rows import SoapRows
from monitor.plugin import ProbeKind, SourceKind, hookimpl

MONITOR_CONTRACT = 1


@hookimpl
def monitor_kinds() -> Iterator[ProbeKind | SourceKind]:
    """Offer the probe and the source."""
    yield ProbeKind("soap", SoapProbe, measures=MEASURES)
    yield SourceKind("soap", SoapRows)
