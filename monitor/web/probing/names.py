"""The samples that blackbox_exporter has whatever became of a probe, by prober: absent ones would break its users."""

from collections.abc import Mapping, Sequence

Labels = Mapping[str, str]

SUCCESS = "probe_success"
DURATION = "probe_duration_seconds"
LOOKUP = "probe_dns_lookup_time_seconds"
PROTOCOL = "probe_ip_protocol"
ADDRESS_HASH = "probe_ip_addr_hash"
FAILURE = "probe_failure_info"
CHAIN = "probe_ssl_last_chain_info"
CIPHER = "probe_tls_cipher_info"
EXPECT = "probe_expect_info"
REGEX = "probe_failed_due_to_regex"
CEL = "probe_failed_due_to_cel"
CEL_OPTIONS = frozenset({"fail_if_body_json_matches_cel", "fail_if_body_json_not_matches_cel"})
"""Modules with one of them have the sample."""

PHASES: Mapping[str, tuple[str, Sequence[str]]] = {
    "http": ("probe_http_duration_seconds", ("resolve", "connect", "tls", "processing", "transfer")),
    "dns": ("probe_dns_duration_seconds", ("resolve", "connect", "request")),
    "icmp": ("probe_icmp_duration_seconds", ("resolve", "setup", "rtt")),
    "grpc": ("probe_grpc_duration_seconds", ("resolve", "check")),
}
"""The family of phases of each prober, and its phases."""

GRPC_STATUS = "probe_grpc_status_code"
UNAVAILABLE = 14
"""The status of a gRPC call that nobody answered; 0 would be OK."""
HEALTH = "probe_grpc_healthcheck_response"
SERVING = ("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN")

ZEROS: Mapping[str, Sequence[tuple[str, Labels]]] = {
    "http": [
        (name, {})
        for name in (
            "probe_http_content_length", "probe_http_uncompressed_body_length", "probe_http_redirects",
            "probe_http_ssl", "probe_http_status_code", "probe_http_version", REGEX,
        )
    ],
    "tcp": [(REGEX, {})],
    "dns": [
        (name, {})
        for name in (
            "probe_dns_answer_rrs", "probe_dns_authority_rrs", "probe_dns_additional_rrs", "probe_dns_query_succeeded",
        )
    ],
    "icmp": [],
    "grpc": [
        ("probe_grpc_ssl", {}),
        (GRPC_STATUS, {}),
        *((HEALTH, {"serving_status": status}) for status in SERVING),
    ],
}  # fmt: skip
"""What is 0 until a probe says otherwise."""

HELP: Mapping[str, str] = {
    SUCCESS: "Whether the target answered well.",
    DURATION: "How long the probe took.",
    LOOKUP: "How long it took to look the target's name up.",
    PROTOCOL: "Which version of IP the target was connected to over, 4 or 6.",
    ADDRESS_HASH: "A hash (32-bit FNV-1a) of the address connected to: it changes when the address does.",
    FAILURE: "1, with the reason why the probe failed.",
    CHAIN: "1, with facts of the certificate that the target showed.",
    CEL: "Whether a condition in CEL on the body was not met.",
    EXPECT: "1, with what the labels of the module were in the conversation.",
    CIPHER: "1 for the cipher that was agreed on.",
    "probe_http_duration_seconds": "How long each phase of the request took, all redirects together.",
    "probe_dns_duration_seconds": "How long each phase of the question took.",
    "probe_icmp_duration_seconds": "How long each phase of the echo took.",
    "probe_grpc_duration_seconds": "How long each phase of the check took.",
}
"""For what no probe kind measures itself."""
