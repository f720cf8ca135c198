"""A result in Prometheus's text format, under blackbox_exporter's names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime

from monitor.measure import Measure, MeasureKind
from monitor.network.egress import literal, reached
from monitor.network.half import HalfAnswer
from monitor.observation import Reason
from monitor.plugin.quantities import read_size
from monitor.plugin.vantage import Address, TlsFacts
from monitor.sinks.metrics.family import Family, FamilyType
from monitor.sinks.metrics.line import number, pairs
from monitor.web.probing.names import (
    ADDRESS_HASH,
    CEL,
    CEL_OPTIONS,
    CHAIN,
    CIPHER,
    DURATION,
    EXPECT,
    FAILURE,
    GRPC_STATUS,
    HELP,
    LOOKUP,
    PHASES,
    PROTOCOL,
    SUCCESS,
    UNAVAILABLE,
    ZEROS,
    Labels,
)
from monitor.web.probing.result import Result

MOST_TEXT = 1024
"""Letters of a label whose text is the target's."""
MOST_SERIES = 200
FNV_PRIME, FNV_BASIS = 16_777_619, 2_166_136_261


@dataclass(slots=True)
class Samples:
    """The samples of one result: a registry of its own, by name and labels. Of equal series the later counts."""

    measures: Mapping[str, Measure]
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = field(default_factory=dict)

    def put(self, name: str, value: float, labels: Labels | None = None) -> None:
        """Take a sample."""
        series = self.found.setdefault(name, {})
        key = tuple(sorted((label, text[:MOST_TEXT]) for label, text in (labels or {}).items()))
        if key in series or len(series) < MOST_SERIES:
            series[key] = value

    def lines(self) -> Iterator[str]:
        """Yield the families in the order of their names."""
        for name in sorted(self.found):
            yield self._family(name).header(openmetrics=False).decode()
            for labels, value in self.found[name].items():
                braces = f"{{{pairs(dict(labels))}}}" if labels else ""
                yield f"{name}{braces} {number(value)}\n"

    def _family(self, name: str) -> Family:
        measure = self.measures.get(name)
        text = measure.help if measure else HELP.get(name, "What blackbox_exporter has under this name.")
        counts = measure is not None and measure.kind is not MeasureKind.GAUGE
        return Family(name, text, FamilyType.COUNTER if counts else FamilyType.GAUGE)


def exposition(result: Result) -> str:
    """Return a result as text."""
    module = result.module
    samples = Samples({**{one.measure.name: one.measure for one in result.readings}, **module.measures})
    samples.put(SUCCESS, int(result.is_success))
    samples.put(DURATION, result.duration_seconds)
    if result.is_aimed:
        _put_address(samples, result)
    _put_zeros(samples, result)
    if module.prober in PHASES:
        family, phases = PHASES[module.prober]
        for phase in phases:
            samples.put(family, result.phases.get(phase, 0.0), {"phase": phase})
    if result.half is not None and module.prober == "http":
        _put_half(samples, result.half, result)
    for reading in result.readings:
        labels = {label.name: text for label, text in zip(reading.measure.labels, reading.labels, strict=True)}
        samples.put(reading.measure.name, reading.value, labels)
    if result.facts is not None and "probe_ssl_earliest_cert_expiry" in samples.found:
        _put_certificate(samples, result.facts)
    if result.labels:
        samples.put(EXPECT, 1, result.labels)
    if not result.is_success:
        samples.put(FAILURE, 1, {"reason": result.reason})
    return "".join(samples.lines())


def _put_zeros(samples: Samples, result: Result) -> None:
    """Put what holds until the probe says otherwise."""
    for name, labels in ZEROS[result.module.prober]:
        samples.put(name, 0, labels)
    if CEL_OPTIONS & result.module.settings.keys():
        samples.put(CEL, 0)
    if result.module.prober == "grpc" and result.tried:
        samples.put(GRPC_STATUS, UNAVAILABLE)


def _put_half(samples: Samples, half: HalfAnswer, result: Result) -> None:
    """Put what is known of an answer that may not have been judged; what the probe measured comes over it."""
    samples.put("probe_http_redirects", half.redirects)
    if not half.status:
        return
    length = half.headers.get("Content-Length", "")
    limit = read_size(result.module.settings["body_size_limit"])
    body = limit if result.reason == Reason.TOO_LARGE else min(half.body_bytes, limit)
    is_undone = result.reason == Reason.CONTENT and result.module.settings.get("compression")
    samples.put("probe_http_status_code", half.status)
    samples.put("probe_http_version", float(half.version))
    samples.put("probe_http_content_length", int(length) if length.isdecimal() and len(length) < 20 else -1)
    samples.put("probe_http_uncompressed_body_length", 0 if is_undone else body)
    modified = last_modified(half.headers.get("Last-Modified", ""))
    if modified is not None:
        samples.put("probe_http_last_modified_timestamp_seconds", modified)


def last_modified(text: str) -> float | None:
    """Return the moment that a Last-Modified header states, in Unix time; None when it states none."""
    try:
        moment = parsedate_to_datetime(text[:64])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _put_address(samples: Samples, result: Result) -> None:
    address = reached(result.tried[0]) if result.tried else None
    samples.put(LOOKUP, result.phases.get("resolve", 0.0))
    samples.put(PROTOCOL, address.version if address else 0)
    samples.put(ADDRESS_HASH, address_hash(address) if address else 0)


def _put_certificate(samples: Samples, facts: TlsFacts) -> None:
    if facts.cipher:
        samples.put(CIPHER, 1, {"cipher": facts.cipher})
    if not facts.chain:
        return
    own = facts.chain[0]
    names = [name for name in own.names if literal(name) is None]
    samples.put(
        CHAIN,
        1,
        {
            "fingerprint_sha256": own.fingerprint,
            "subject": own.subject,
            "issuer": own.issuer,
            "subjectalternative": ",".join(names),
        },
    )


def address_hash(address: Address) -> int:
    """Return the 32-bit FNV-1a hash of an address."""
    value = FNV_BASIS
    for byte in address.packed:
        value = ((value ^ byte) * FNV_PRIME) & 0xFFFF_FFFF
    return value
