"""What ``debug=true`` shows: what happened, the samples, and the module without its secrets."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from monitor.plugin.addresses import without_credentials
from monitor.sinks.printable import printable
from monitor.web.probing.result import Result
from monitor.web.probing.samples import exposition

MOST_LINES = 200


def debug_text(result: Result) -> str:
    """Return everything of a result, as blackbox_exporter lays it out."""
    logs = "".join(f"{line}\n" for line in _logs(result))
    return (
        f"Logs for the probe:\n{logs}\n\n\n"
        f"Metrics that would have been returned:\n{exposition(result)}\n\n\n"
        f"Module configuration:\n{result.module.shown}"
    )


def _logs(result: Result) -> Iterator[str]:
    began = result.started
    ended = began + timedelta(seconds=result.duration_seconds)
    common = {"module": result.module.name, "target": shown_target(result.target)}
    yield _line(
        began, "info", "Beginning probe", **common, probe=result.module.prober, timeout_seconds=result.timeout_seconds
    )
    for host, addresses in result.names[:MOST_LINES]:
        found = ",".join(map(str, addresses[:20]))
        yield _line(began, "info", "Resolved target address", **common, host=host, ip=found)
    for address in result.tried[:MOST_LINES]:
        yield _line(began, "info", "Connecting to address", **common, ip=str(address))
    if result.handshake is not None:
        yield _handshake(result, ended, common)
    if result.phases:
        phases = {name: round(seconds, 6) for name, seconds in result.phases.items()}
        yield _line(ended, "info", "Timings", **common, **phases)
    for reading in result.readings[:MOST_LINES]:
        labels = {label.name: text for label, text in zip(reading.measure.labels, reading.labels, strict=True)}
        yield _line(ended, "debug", "Measured", **common, name=reading.measure.name, value=reading.value, **labels)
    level, message = ("info", "Probe succeeded") if result.is_success else ("error", "Probe failed")
    facts = {name: text for name, text in (("reason", result.reason), ("detail", result.detail)) if text}
    yield _line(ended, level, message, **common, **facts, duration_seconds=round(result.duration_seconds, 6))


def _handshake(result: Result, at: datetime, common: dict[str, str]) -> str:
    seen, facts = result.handshake, result.facts
    where = f"{seen.host}:{seen.port}" if seen else ""
    if facts is None:
        return _line(at, "error", "TLS handshake failed", **common, peer=where)
    subject = facts.chain[0].subject if facts.chain else ""
    return _line(
        at, "info", "TLS handshake", **common, peer=where, version=facts.version, cipher=facts.cipher, subject=subject
    )


def shown_target(target: str) -> str:
    """Return a target as it may be shown: what could be a password is left out."""
    return without_credentials(target)[1:-1] if "@" in target else printable(target)


def _line(at: datetime, level: str, message: str, **facts: object) -> str:
    pairs = {"ts": at.isoformat(timespec="milliseconds"), "level": level, "msg": message, **facts}
    return " ".join(f"{name}={_quoted(str(value))}" for name, value in pairs.items())


def _quoted(text: str) -> str:
    text = printable(text[:1000])
    is_plain = bool(text) and not any(letter in ' ="' for letter in text)
    return text if is_plain else json.dumps(text, ensure_ascii=False)
