"""Measures that several plugins report. Where blackbox_exporter has the quantity, it has its name."""

from functools import lru_cache

from monitor.measure import Label, Measure, Reading
from monitor.plugin.ciphers import IANA
from monitor.plugin.vantage import TlsFacts

LAST_RECORD = Measure(
    "exchange_last_record_timestamp_seconds", "When the newest record of the data that is shared was made."
)
OLDEST_WAITING = Measure(
    "exchange_oldest_waiting_timestamp_seconds", "When the record was made that has waited longest to be taken."
)
BACKLOG = Measure("exchange_backlog_records", "Records that wait to be sent.")
BACKLOG_BYTES = Measure("exchange_backlog_bytes", "Size of the records that wait to be taken.")
CERT_EXPIRY = Measure(
    "probe_ssl_earliest_cert_expiry", "When the first certificate of the chain that was sent runs out, in Unix time."
)
CHAIN_EXPIRY = Measure(
    "probe_ssl_last_chain_expiry_timestamp_seconds",
    "When the first certificate of the verified chain runs out, in Unix time.",
)
TLS_VERSION = Measure(
    "probe_tls_version_info",
    "1 for the version of TLS that was agreed on.",
    labels=(Label.of("version", ("TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")),),
)
TLS_CIPHER = Measure(
    "probe_tls_cipher_info",
    "1 for the cipher suite that was agreed on.",
    labels=(Label.of("cipher", IANA.values()),),
)
FAILED_DUE_TO_REGEX = Measure("probe_failed_due_to_regex", "Whether the answer was refused because of a pattern.")
FAILED_DUE_TO_BYTES = Measure("probe_failed_due_to_bytes", "Whether the answer was refused because of its bytes.")

WAITING = (LAST_RECORD, OLDEST_WAITING, BACKLOG, BACKLOG_BYTES)
"""What a ``Waiting`` may be reported as."""

TLS = (CERT_EXPIRY, CHAIN_EXPIRY, TLS_VERSION, TLS_CIPHER)
"""What ``tls_readings`` may return."""


@lru_cache(maxsize=256)
def tls_readings(facts: TlsFacts) -> tuple[Reading, ...]:
    """Return what a handshake showed, as readings of the measures in ``TLS``."""
    readings = []
    if facts.chain:
        readings.append(CERT_EXPIRY(min(one.not_after for one in facts.chain).timestamp()))
    if facts.verified_chain:
        readings.append(CHAIN_EXPIRY(min(one.not_after for one in facts.verified_chain).timestamp()))
    if facts.version in TLS_VERSION.labels[0].values:
        readings.append(TLS_VERSION(1, version=facts.version))
    if facts.cipher in IANA:
        readings.append(TLS_CIPHER(1, cipher=IANA[facts.cipher]))
    return tuple(readings)
