"""What the probe measures beside what every TLS connection shows."""

from collections.abc import Iterator, Sequence

from monitor.plugin import Certificate, Label, Measure, Reading, TlsFacts
from monitor.plugin.measures import CERT_EXPIRY, TLS, tls_readings

SOURCE = Label.of("source", ("stapled", "asked"))

VERIFIED = Measure("probe_ssl_verified", "Whether the certificate was accepted; absent when nobody verified it.")
CHAIN_LENGTH = Measure("probe_ssl_chain_certificates", "How many certificates the server sent.")
NOT_BEFORE = Measure(
    "probe_ssl_latest_cert_not_before", "When the last certificate of those sent becomes valid, in Unix time."
)
CLIENT_EXPIRY = Measure("probe_ssl_client_cert_expiry", "When our own client certificate runs out, in Unix time.")
FILE_CERTIFICATES = Measure("probe_ssl_file_certificates", "How many certificates the files hold.")
STAPLED = Measure("probe_ssl_ocsp_stapled", "Whether the server stapled an OCSP response.")
OCSP_STATUS = Measure(
    "probe_ssl_ocsp_response_info",
    "1 for what an OCSP response that can be believed says of the certificate.",
    labels=(SOURCE, Label.of("status", ("good", "revoked", "unknown"))),
)
OCSP_THIS_UPDATE = Measure(
    "probe_ssl_ocsp_this_update_timestamp_seconds",
    "Since when the OCSP response holds, in Unix time.",
    labels=(SOURCE,),
)
OCSP_NEXT_UPDATE = Measure(
    "probe_ssl_ocsp_next_update_timestamp_seconds",
    "When the OCSP response has to be replaced, in Unix time.",
    labels=(SOURCE,),
)
CRL_NEXT_UPDATE = Measure(
    "probe_ssl_crl_next_update_timestamp_seconds", "When the revocation list has to be replaced, in Unix time."
)
CRL_ENTRIES = Measure("probe_ssl_crl_entries", "How many certificates the revocation list holds.")

MEASURES = (
    *TLS, VERIFIED, CHAIN_LENGTH, NOT_BEFORE, CLIENT_EXPIRY, FILE_CERTIFICATES, STAPLED, OCSP_STATUS, OCSP_THIS_UPDATE,
    OCSP_NEXT_UPDATE, CRL_NEXT_UPDATE, CRL_ENTRIES,
)  # fmt: skip


def of_handshake(facts: TlsFacts, *, is_judged: bool) -> Iterator[Reading]:
    """Yield what a handshake showed; ``is_judged`` tells whether anybody verified it."""
    yield from tls_readings(facts)
    yield CHAIN_LENGTH(len(facts.chain))
    if facts.chain:
        yield NOT_BEFORE(max(one.not_before for one in facts.chain).timestamp())
    if is_judged:
        yield VERIFIED(0 if facts.problem else 1)


def of_files(certificates: Sequence[Certificate]) -> Iterator[Reading]:
    """Yield what the certificates in files show."""
    yield FILE_CERTIFICATES(len(certificates))
    if certificates:
        yield CERT_EXPIRY(min(one.not_after for one in certificates).timestamp())
        yield NOT_BEFORE(max(one.not_before for one in certificates).timestamp())
