"""What an HTTP answer measures, under blackbox_exporter's names."""

from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import lru_cache

from monitor.plugin import Answer, Measure, Reading
from monitor.plugin.measures import FAILED_DUE_TO_REGEX, TLS, tls_readings

STATUS_CODE = Measure("probe_http_status_code", "Status code of the final answer.")
CONTENT_LENGTH = Measure(
    "probe_http_content_length", "Length that the answer states, -1 when it states none, in bytes."
)
BODY_LENGTH = Measure("probe_http_uncompressed_body_length", "Length of the body that was read, in bytes.")
REDIRECTS = Measure("probe_http_redirects", "Number of redirects, one that was not followed included.")
SSL = Measure("probe_http_ssl", "Whether the final answer came over TLS.")
VERSION = Measure("probe_http_version", "Version of HTTP in the final answer.")
LAST_MODIFIED = Measure(
    "probe_http_last_modified_timestamp_seconds", "The Last-Modified header of the final answer, in Unix time."
)
FAILED_DUE_TO_CEL = Measure("probe_failed_due_to_cel", "Whether a condition in CEL on the body was not met.")

REDIRECTING = frozenset({301, 302, 303, 307, 308})

MEASURES = (
    STATUS_CODE, CONTENT_LENGTH, BODY_LENGTH, REDIRECTS, SSL, VERSION, LAST_MODIFIED, FAILED_DUE_TO_REGEX,
    FAILED_DUE_TO_CEL, *TLS,
)  # fmt: skip


def readings_of(answer: Answer, *, failed_due_to_regex: bool) -> tuple[Reading, ...]:
    """Return everything that the answer measures."""
    is_redirect = answer.status in REDIRECTING and answer.header("location") is not None
    readings = _plain(
        answer.status,
        answer.length,
        answer.uncompressed_length,
        answer.redirects + is_redirect,
        answer.version,
        int(answer.tls is not None),
        int(failed_due_to_regex),
    )
    if answer.tls is not None:
        readings += tls_readings(answer.tls)
    modified = answer.header("last-modified")
    if modified is not None and len(modified) < 64:
        readings += _modified(modified)
    return readings


@lru_cache(maxsize=4096)
def _plain(
    status: int,
    length: int,
    body_length: int,
    redirects: int,
    version: str,
    tls: int,
    refused: int,
) -> tuple[Reading, ...]:
    major_minor = float(version) if version in {"1.0", "1.1", "2.0"} else 0.0
    return (
        STATUS_CODE(status),
        CONTENT_LENGTH(length),
        BODY_LENGTH(body_length),
        REDIRECTS(redirects),
        SSL(tls),
        VERSION(major_minor),
        FAILED_DUE_TO_REGEX(refused),
    )


@lru_cache(maxsize=1024)
def _modified(text: str) -> tuple[Reading, ...]:
    try:
        moment = parsedate_to_datetime(text)
        return (LAST_MODIFIED((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()),)
    except (ValueError, TypeError, IndexError, OverflowError):
        return ()
