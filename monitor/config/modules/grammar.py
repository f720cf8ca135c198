"""The keys of a module file, as blackbox_exporter 0.28 has them; which of them can be used, the translation says."""

from typing import Any

from pydantic import Field

from monitor.config.documents.shape import Shape
from monitor.config.modules.scalars import Bytes, Family, Flag, Period, Text, TlsVersion

NEVER_SET: Any = None
"""What was not written does not count; only what was set is translated."""


class TlsShape(Shape):
    """How to speak TLS."""

    insecure_skip_verify: Flag = NEVER_SET
    ca: Text = NEVER_SET
    ca_file: Text = NEVER_SET
    cert: Text = NEVER_SET
    cert_file: Text = NEVER_SET
    key: Text = NEVER_SET
    key_file: Text = NEVER_SET
    server_name: Text = NEVER_SET
    min_version: TlsVersion = NEVER_SET
    max_version: TlsVersion = NEVER_SET


class ProxyShape(Shape):
    """Through which proxy."""

    proxy_url: Text = NEVER_SET
    no_proxy: Text = NEVER_SET
    proxy_from_environment: Flag = NEVER_SET
    proxy_connect_header: dict[str, list[Text]] = NEVER_SET


class BasicAuthShape(Shape):
    """A user's name and password."""

    username: Text = NEVER_SET
    username_file: Text = NEVER_SET
    password: Text = NEVER_SET
    password_file: Text = NEVER_SET


class AuthorizationShape(Shape):
    """An Authorization header."""

    type: Text = NEVER_SET
    credentials: Text = NEVER_SET
    credentials_file: Text = NEVER_SET


class Oauth2Shape(ProxyShape):
    """Where a token comes from."""

    client_id: Text = NEVER_SET
    client_secret: Text = NEVER_SET
    client_secret_file: Text = NEVER_SET
    client_certificate_key_id: Text = NEVER_SET
    client_certificate_key: Text = NEVER_SET
    client_certificate_key_file: Text = NEVER_SET
    grant_type: Text = NEVER_SET
    signature_algorithm: Text = NEVER_SET
    iss: Text = NEVER_SET
    audience: Text = NEVER_SET
    claims: dict[str, Any] = NEVER_SET
    scopes: list[Text] = NEVER_SET
    token_url: Text = NEVER_SET
    endpoint_params: dict[str, Text] = NEVER_SET
    tls_config: TlsShape = NEVER_SET


class HeaderMatchShape(Shape):
    """A pattern for a header of the answer."""

    header: Text
    regexp: Text
    allow_missing: Flag = NEVER_SET


class HttpHeaderShape(Shape):
    """The values of a header of the request."""

    values: list[Text] = NEVER_SET
    secrets: list[Text] = NEVER_SET
    files: list[Text] = NEVER_SET


class HttpShape(ProxyShape):
    """The http prober."""

    valid_status_codes: list[int] = NEVER_SET
    valid_http_versions: list[Text] = NEVER_SET
    preferred_ip_protocol: Family = NEVER_SET
    ip_protocol_fallback: Flag = NEVER_SET
    skip_resolve_phase_with_proxy: Flag = NEVER_SET
    no_follow_redirects: Flag = NEVER_SET
    follow_redirects: Flag = NEVER_SET
    enable_http2: Flag = NEVER_SET
    fail_if_ssl: Flag = NEVER_SET
    fail_if_not_ssl: Flag = NEVER_SET
    method: Text = NEVER_SET
    headers: dict[str, Text] = NEVER_SET
    http_headers: dict[str, HttpHeaderShape] = NEVER_SET
    fail_if_body_matches_regexp: list[Text] = NEVER_SET
    fail_if_body_not_matches_regexp: list[Text] = NEVER_SET
    fail_if_body_json_matches_cel: Text = NEVER_SET
    fail_if_body_json_not_matches_cel: Text = NEVER_SET
    fail_if_header_matches: list[HeaderMatchShape] = NEVER_SET
    fail_if_header_not_matches: list[HeaderMatchShape] = NEVER_SET
    body: Text = NEVER_SET
    body_file: Text = NEVER_SET
    body_size_limit: Bytes = NEVER_SET
    compression: Text = NEVER_SET
    basic_auth: BasicAuthShape = NEVER_SET
    authorization: AuthorizationShape = NEVER_SET
    oauth2: Oauth2Shape = NEVER_SET
    bearer_token: Text = NEVER_SET
    bearer_token_file: Text = NEVER_SET
    tls_config: TlsShape = NEVER_SET


class LabelShape(Shape):
    """A label made of what a step of a dialogue matched."""

    name: Text
    value: Text


class QueryResponseShape(Shape):
    """A step of a dialogue."""

    expect: Text = NEVER_SET
    expect_bytes: Text = NEVER_SET
    labels: list[LabelShape] = NEVER_SET
    send: Text = NEVER_SET
    starttls: Flag = NEVER_SET


class UnixShape(Shape):
    """The unix prober."""

    query_response: list[QueryResponseShape] = NEVER_SET
    tls: Flag = NEVER_SET
    tls_config: TlsShape = NEVER_SET


class TcpShape(UnixShape):
    """The tcp prober."""

    preferred_ip_protocol: Family = NEVER_SET
    ip_protocol_fallback: Flag = NEVER_SET
    source_ip_address: Text = NEVER_SET


class RecordsShape(Shape):
    """What the records of a section must look like."""

    fail_if_matches_regexp: list[Text] = NEVER_SET
    fail_if_all_match_regexp: list[Text] = NEVER_SET
    fail_if_not_matches_regexp: list[Text] = NEVER_SET
    fail_if_none_matches_regexp: list[Text] = NEVER_SET


class DnsShape(Shape):
    """The dns prober."""

    query_name: Text
    query_type: Text = NEVER_SET
    query_class: Text = NEVER_SET
    recursion_desired: Flag = NEVER_SET
    transport_protocol: Text = NEVER_SET
    dns_over_tls: Flag = NEVER_SET
    tls_config: TlsShape = NEVER_SET
    preferred_ip_protocol: Family = NEVER_SET
    ip_protocol_fallback: Flag = NEVER_SET
    source_ip_address: Text = NEVER_SET
    valid_rcodes: list[Text] = NEVER_SET
    validate_answer_rrs: RecordsShape = NEVER_SET
    validate_authority_rrs: RecordsShape = NEVER_SET
    validate_additional_rrs: RecordsShape = NEVER_SET


class IcmpShape(Shape):
    """The icmp prober."""

    preferred_ip_protocol: Family = NEVER_SET
    ip_protocol_fallback: Flag = NEVER_SET
    source_ip_address: Text = NEVER_SET
    payload_size: int = Field(default=NEVER_SET, ge=0, le=65_507)
    dont_fragment: Flag = NEVER_SET
    ttl: int = Field(default=NEVER_SET, ge=0, le=255)


class GrpcShape(Shape):
    """The grpc prober."""

    service: Text = NEVER_SET
    tls: Flag = NEVER_SET
    tls_config: TlsShape = NEVER_SET
    preferred_ip_protocol: Family = NEVER_SET
    ip_protocol_fallback: Flag = NEVER_SET
    metadata: dict[str, list[Text]] = NEVER_SET


class ModuleShape(Shape):
    """One module; sections of other probers than its own are read, and do nothing, as in blackbox_exporter."""

    prober: Text
    timeout: Period = 0.0
    http: HttpShape = HttpShape()
    tcp: TcpShape = TcpShape()
    dns: DnsShape | None = None
    icmp: IcmpShape = IcmpShape()
    grpc: GrpcShape = GrpcShape()
    unix: UnixShape = UnixShape()


class ModuleFile(Shape):
    """A whole file; its modules are read one by one."""

    modules: dict[str, Any] = Field(default_factory=dict)
