"""The table of the differential test: modules, targets, and where the two may differ and why."""

from collections.abc import Iterator
from dataclasses import dataclass

MODULES = """\
  http_2xx: {prober: http, timeout: 3s, http: {preferred_ip_protocol: ip4}}
  http_socks:
    prober: http
    timeout: 3s
    http: {preferred_ip_protocol: ip4, proxy_url: "socks5://127.0.0.1:SOCKS", tls_config: {ca_file: CA}}
  http_any_family: {prober: http, timeout: 3s}
  http_ip6_only: {prober: http, timeout: 3s, http: {preferred_ip_protocol: ip6, ip_protocol_fallback: false}}
  http_ip4_only: {prober: http, timeout: 3s, http: {preferred_ip_protocol: ip4, ip_protocol_fallback: false}}
  http_404: {prober: http, timeout: 3s, http: {valid_status_codes: [404, 410]}}
  http_302: {prober: http, timeout: 3s, http: {valid_status_codes: [302], follow_redirects: false}}
  http_not_followed: {prober: http, timeout: 3s, http: {follow_redirects: false}}
  http_post: {prober: http, timeout: 3s, http: {method: POST, body: "hello", headers: {Content-Type: text/plain}}}
  http_head: {prober: http, timeout: 3s, http: {method: HEAD}}
  http_options: {prober: http, timeout: 3s, http: {method: OPTIONS, valid_status_codes: [405]}}
  http_version_1_1: {prober: http, timeout: 3s, http: {valid_http_versions: [HTTP/1.1]}}
  http_version_2: {prober: http, timeout: 3s, http: {valid_http_versions: [HTTP/2.0]}}
  http_fail_if_ssl: {prober: http, timeout: 3s, http: {fail_if_ssl: true, tls_config: {ca_file: CA}}}
  http_fail_if_not_ssl: {prober: http, timeout: 3s, http: {fail_if_not_ssl: true, tls_config: {ca_file: CA}}}
  http_body_without: {prober: http, timeout: 3s, http: {fail_if_body_matches_regexp: ["hello"]}}
  http_body_with: {prober: http, timeout: 3s, http: {fail_if_body_not_matches_regexp: ["hello", "world$"]}}
  http_host_seen: {prober: http, timeout: 3s, http: {fail_if_body_not_matches_regexp: ["^lgsp.hanoi.example$"]}}
  http_json: {prober: http, timeout: 3s, http: {fail_if_body_not_matches_regexp: ['"error_code":\\s*0']}}
  http_header_without:
    {prober: http, timeout: 3s, http: {fail_if_header_matches: [{header: X-Kind, regexp: two, allow_missing: true}]}}
  http_header_with: {prober: http, timeout: 3s, http: {fail_if_header_not_matches: [{header: x-kind, regexp: "^tw"}]}}
  http_header_missing: {prober: http, timeout: 3s, http: {fail_if_header_matches: [{header: X-None, regexp: .}]}}
  http_header_optional:
    {prober: http, timeout: 3s, http: {fail_if_header_not_matches: [{header: X-None, regexp: ., allow_missing: true}]}}
  http_basic:
    prober: http
    timeout: 3s
    http:
      basic_auth: {username: me, password: secret}
      fail_if_body_not_matches_regexp: ["^\\\\[Basic bWU6c2VjcmV0\\\\]$"]
  http_bearer:
    {prober: http, timeout: 3s, http: {bearer_token: tok, fail_if_body_not_matches_regexp: ["^\\\\[Bearer tok\\\\]$"]}}
  http_authorization:
    prober: http
    timeout: 3s
    http:
      authorization: {type: Token, credentials_file: TOKEN}
      fail_if_body_not_matches_regexp: ["^\\\\[Token from-file\\\\]$"]
  http_language:
    {prober: http, timeout: 3s, http: {headers: {Accept-Language: vi}, fail_if_body_not_matches_regexp: ["^vi$"]}}
  http_method_seen: {prober: http, timeout: 3s, http: {method: PUT, fail_if_body_not_matches_regexp: ["^PUT$"]}}
  http_gzip: {prober: http, timeout: 3s, http: {compression: gzip, headers: {Accept-Encoding: gzip}}}
  http_identity: {prober: http, timeout: 3s, http: {headers: {Accept-Encoding: identity}}}
  http_small: {prober: http, timeout: 3s, http: {body_size_limit: 100B}}
  http_large: {prober: http, timeout: 3s, http: {body_size_limit: 10MB}}
  http_quick: {prober: http, timeout: 300ms}
  https_trusted: {prober: http, timeout: 3s, http: {preferred_ip_protocol: ip4, tls_config: {ca_file: CA}}}
  https_untrusted: {prober: http, timeout: 3s, http: {preferred_ip_protocol: ip4}}
  https_skip: {prober: http, timeout: 3s, http: {tls_config: {insecure_skip_verify: true}}}
  https_named: {prober: http, timeout: 3s, http: {tls_config: {ca_file: CA, server_name: other.example}}}
  https_tls13: {prober: http, timeout: 3s, http: {tls_config: {ca_file: CA, min_version: TLS13}}}
  tcp_connect: {prober: tcp, timeout: 2s, tcp: {preferred_ip_protocol: ip4}}
  tcp_tls: {prober: tcp, timeout: 2s, tcp: {preferred_ip_protocol: ip4, tls: true, tls_config: {ca_file: CA}}}
  tcp_tls_skip: {prober: tcp, timeout: 2s, tcp: {tls: true, tls_config: {insecure_skip_verify: true}}}
  tcp_tls_named: {prober: tcp, timeout: 2s, tcp: {tls: true, tls_config: {ca_file: CA, server_name: other.example}}}
  tcp_tls_12: {prober: tcp, timeout: 2s, tcp: {tls: true, tls_config: {ca_file: CA, max_version: TLS12}}}
  tcp_banner: {prober: tcp, timeout: 1s, tcp: {query_response: [{expect: "^hello"}]}}
  tcp_wrong_banner: {prober: tcp, timeout: 1s, tcp: {query_response: [{expect: "^SSH-2.0-"}]}}
  tcp_dialogue:
    prober: tcp
    timeout: 1s
    tcp:
      query_response: [{expect: "^hello ([0-9]+)", send: "number ${1}"}, {expect: "^you said number 42$"}, {send: bye}]
  tcp_mail:
    prober: tcp
    timeout: 2s
    tcp: {query_response: [{expect: "^220 ([^ ]+)", send: "EHLO prober\\r"}, {expect: "^250 "}, {send: "QUIT\\r"}]}
  tcp_starttls:
    prober: tcp
    timeout: 2s
    tcp:
      tls_config: {ca_file: CA, server_name: localhost}
      query_response:
        - {expect: "^220 ", send: "EHLO prober\\r"}
        - {expect: "^250 STARTTLS", send: "STARTTLS\\r"}
        - {expect: "^220"}
        - {starttls: true}
        - {send: "QUIT\\r"}
        - {expect: "^221"}
  dns_a: {prober: dns, timeout: 1s, dns: {query_name: lgsp.hanoi.example, query_type: A}}
  dns_default_type: {prober: dns, timeout: 1s, dns: {query_name: lgsp.hanoi.example}}
  dns_aaaa: {prober: dns, timeout: 1s, dns: {query_name: lgsp.hanoi.example, query_type: AAAA}}
  dns_mx: {prober: dns, timeout: 1s, dns: {query_name: lgsp.hanoi.example, query_type: MX}}
  dns_txt: {prober: dns, timeout: 1s, dns: {query_name: lgsp.hanoi.example, query_type: TXT}}
  dns_soa: {prober: dns, timeout: 1s, dns: {query_name: example, query_type: SOA}}
  dns_soa_tcp: {prober: dns, timeout: 1s, dns: {query_name: example, query_type: SOA, transport_protocol: tcp}}
  dns_tcp: {prober: dns, timeout: 1s, dns: {query_name: lgsp.hanoi.example, query_type: A, transport_protocol: tcp}}
  dns_missing: {prober: dns, timeout: 1s, dns: {query_name: nothing.example, query_type: A}}
  dns_nxdomain: {prober: dns, timeout: 1s, dns: {query_name: nothing.example, query_type: A, valid_rcodes: [NXDOMAIN]}}
  dns_no_record: {prober: dns, timeout: 1s, dns: {query_name: hanoi.example, query_type: A, valid_rcodes: [NXDOMAIN]}}
  dns_chaos: {prober: dns, timeout: 1s, dns: {query_name: id.server, query_type: TXT, query_class: CH}}
  dns_no_recursion:
    {prober: dns, timeout: 1s, dns: {query_name: lgsp.hanoi.example, query_type: A, recursion_desired: false}}
  dns_answer_good:
    prober: dns
    timeout: 1s
    dns:
      query_name: lgsp.hanoi.example
      query_type: A
      validate_answer_rrs: {fail_if_not_matches_regexp: ["lgsp.hanoi.example.\\t60\\tIN\\tA\\t127.*"]}
  dns_answer_bad:
    prober: dns
    timeout: 1s
    dns: {query_name: lgsp.hanoi.example, query_type: A, validate_answer_rrs: {fail_if_matches_regexp: [".*127.0.0.2"]}}
  dns_answer_none:
    prober: dns
    timeout: 1s
    dns: {query_name: lgsp.hanoi.example, query_type: A, validate_answer_rrs: {fail_if_none_matches_regexp: ["10[.]"]}}
  dns_answer_some:
    prober: dns
    timeout: 1s
    dns: {query_name: lgsp.hanoi.example, query_type: A, validate_answer_rrs: {fail_if_none_matches_regexp: ["127[.]"]}}
  dns_authority_wanted:
    prober: dns
    timeout: 1s
    dns: {query_name: lgsp.hanoi.example, query_type: A, validate_authority_rrs: {fail_if_not_matches_regexp: ["."]}}
  dns_all_match:
    prober: dns
    timeout: 1s
    dns: {query_name: lgsp.hanoi.example, query_type: A, validate_answer_rrs: {fail_if_all_match_regexp: ["127[.]"]}}
"""

ICMP = """\
  icmp: {prober: icmp, timeout: 1s}
  icmp_ip4: {prober: icmp, timeout: 1s, icmp: {preferred_ip_protocol: ip4}}
  icmp_large: {prober: icmp, timeout: 1s, icmp: {payload_size: 1200}}
  icmp_ttl: {prober: icmp, timeout: 1s, icmp: {ttl: 3}}
  icmp_source: {prober: icmp, timeout: 1s, icmp: {source_ip_address: 127.0.0.1}}
"""

GRPC = """\
  grpc_bare: {prober: grpc, timeout: 1s}
  grpc_service: {prober: grpc, timeout: 1s, grpc: {service: lgsp}}
  grpc_unknown_service: {prober: grpc, timeout: 1s, grpc: {service: nothing}}
  grpc_failing_service: {prober: grpc, timeout: 1s, grpc: {service: failing}}
  grpc_ip4: {prober: grpc, timeout: 1s, grpc: {preferred_ip_protocol: ip4}}
  grpc_tls: {prober: grpc, timeout: 2s, grpc: {tls: true, preferred_ip_protocol: ip4, tls_config: {ca_file: CA}}}
  grpc_tls_untrusted: {prober: grpc, timeout: 2s, grpc: {tls: true, preferred_ip_protocol: ip4}}
  grpc_tls_skip: {prober: grpc, timeout: 2s, grpc: {tls: true, tls_config: {insecure_skip_verify: true}}}
  grpc_tls_failing: {prober: grpc, timeout: 2s, grpc: {tls: true, service: failing, tls_config: {ca_file: CA}}}
  grpc_tls_unknown: {prober: grpc, timeout: 2s, grpc: {tls: true, service: nothing, tls_config: {ca_file: CA}}}
  grpc_tls_named:
    {prober: grpc, timeout: 2s, grpc: {tls: true, tls_config: {ca_file: CA, server_name: other.example}}}
"""


@dataclass(frozen=True)
class Case:
    """One probe by both.

    Attributes:
        target: ``{name}`` stands for the port of a server.
        more: Further parameters, as they stand in the query.
    """

    module: str
    target: str
    more: str = ""

    def __str__(self) -> str:
        return f"{self.module}-{self.target}{self.more and '&' + self.more}"


@dataclass(frozen=True)
class Difference:
    """Where the two may differ, and why that is right.

    Attributes:
        where: Name of the sample; ``*`` at its end for any that begin so.
        modules: Beginnings of the names of the modules it happens with; of all when there are none.
        targets: Parts of the targets it happens with; of all when there are none.
        reason: As it stands in plugins/README.md.
    """

    where: str
    reason: str
    modules: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()

    def covers(self, case: Case, name: str) -> bool:
        is_name = name.startswith(self.where[:-1]) if self.where.endswith("*") else name == self.where
        is_module = not self.modules or any(case.module.startswith(one) for one in self.modules)
        return is_name and is_module and (not self.targets or any(one in case.target for one in self.targets))


DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        "probe_ssl_last_chain_expiry_timestamp_seconds",
        "without a verified chain it is absent, where blackbox_exporter shows the year 1",
        modules=("https_skip", "tcp_tls_skip"),
    ),
    Difference(
        "probe_http_uncompressed_body_length",
        "the body of a redirect that is not followed is read and measured, where blackbox_exporter shows 0",
        modules=("http_302", "http_not_followed"),
    ),
    Difference(
        "probe_success",
        "`fail_if_all_match_regexp` fails when all records match, as its name says; "
        "blackbox_exporter 0.23 fails unless all do",
        modules=("dns_all_match",),
    ),
    Difference(
        "probe_ssl_earliest_cert_expiry",
        "grpc without TLS has none, where blackbox_exporter shows 0, which alerts take for the year 1970",
        modules=("grpc",),
    ),
    Difference(
        "probe_grpc_ssl",
        "1 also when a call over TLS is answered with an error, where blackbox_exporter shows 0",
        modules=("grpc_tls_unknown",),
    ),
    Difference(
        "probe_*",
        "a module without a section `grpc` has the defaults of one, where blackbox_exporter has no way back to IPv4",
        modules=("grpc_bare",),
    ),
)


def _http() -> Iterator[Case]:
    plain = "127.0.0.1:{http}"
    for path in (
        "/ok",
        "/empty",
        "/status/201",
        "/status/404",
        "/status/500",
        "/status/503",
        "/status/429",
        "/page.txt",
    ):
        yield Case("http_2xx", plain + path)
    for path in ("/redirect", "/redirect/twice", "/redirect/loop", "/redirect/broken", "/redirect/https"):
        yield Case("http_2xx", f"http://{plain}{path}")
    yield Case("https_trusted", f"http://{plain}/redirect/https")
    for module in ("http_any_family", "http_ip4_only", "http_ip6_only"):
        yield Case(module, f"http://{plain}/ok")
    yield Case("http_any_family", "http://localhost:{http}/ok")
    yield Case("http_ip4_only", "http://localhost:{http}/ok")
    for path in ("/status/404", "/status/410", "/ok"):
        yield Case("http_404", plain + path)
    yield Case("http_302", f"{plain}/redirect")
    yield Case("http_not_followed", f"{plain}/redirect")
    yield Case("http_post", f"{plain}/post")
    yield Case("http_2xx", f"{plain}/post")
    for target in (f"http://{plain}/", "https://127.0.0.1:{https}/", "http://127.0.0.1:{closed}/"):
        yield Case("http_socks", target)
    yield Case("http_head", f"{plain}/ok")
    yield Case("http_head", f"{plain}/page.txt")
    yield Case("http_options", f"{plain}/page.txt")
    yield Case("http_version_1_1", f"{plain}/ok")
    yield Case("http_version_1_1", "127.0.0.1:{old_http}/")
    yield Case("http_version_2", f"{plain}/ok")
    yield Case("http_fail_if_ssl", f"{plain}/ok")
    yield Case("http_fail_if_ssl", "https://127.0.0.1:{https}/ok")
    yield Case("http_fail_if_not_ssl", f"{plain}/ok")
    yield Case("http_fail_if_not_ssl", "https://127.0.0.1:{https}/ok")
    for module in ("http_body_without", "http_body_with", "http_header_without", "http_header_with"):
        yield Case(module, f"{plain}/ok")
        yield Case(module, f"{plain}/json")
    yield Case("http_body_with", f"{plain}/status/500")
    yield Case("http_header_missing", f"{plain}/ok")
    yield Case("http_header_optional", f"{plain}/ok")
    yield Case("http_json", f"{plain}/json")
    for module in ("http_basic", "http_bearer", "http_authorization"):
        yield Case(module, f"{plain}/authorization")
    yield Case("http_language", f"{plain}/language")
    yield Case("http_method_seen", f"{plain}/method")
    yield Case("http_host_seen", f"{plain}/host", "hostname=lgsp.hanoi.example")
    yield Case("http_host_seen", f"{plain}/host")
    for module in ("http_gzip", "http_identity", "http_small", "http_large"):
        yield Case(module, f"{plain}/page.txt")
    for name in ("old_http", "chunked", "truncated", "garbage", "bad_date", "hanging_up", "closed"):
        yield Case("http_2xx", f"127.0.0.1:{{{name}}}/")
    yield Case("http_gzip", "127.0.0.1:{bad_gzip}/")
    yield Case("http_quick", "127.0.0.1:{silent}/")
    yield Case("http_quick", "http://nothing.example:{http}/")


def _tls() -> Iterator[Case]:
    for name in ("https", "expired", "other", "old", "http"):
        for module in ("https_trusted", "https_skip"):
            yield Case(module, f"https://127.0.0.1:{{{name}}}/ok")
    yield Case("https_trusted", "https://localhost:{https}/ok")
    yield Case("https_untrusted", "https://127.0.0.1:{https}/ok")
    yield Case("https_named", "https://127.0.0.1:{other}/ok")
    yield Case("https_trusted", "https://127.0.0.1:{other}/ok", "hostname=other.example")
    yield Case("https_tls13", "https://127.0.0.1:{https}/ok")
    yield Case("https_tls13", "https://127.0.0.1:{old}/ok")
    for name in ("https", "expired", "other", "old", "http", "closed"):
        yield Case("tcp_tls", f"127.0.0.1:{{{name}}}")
    for name in ("https", "expired", "other"):
        yield Case("tcp_tls_skip", f"127.0.0.1:{{{name}}}")
    yield Case("tcp_tls", "localhost:{https}")
    yield Case("tcp_tls_named", "127.0.0.1:{other}")
    yield Case("tcp_tls_12", "127.0.0.1:{https}")
    yield Case("tcp_starttls", "127.0.0.1:{mail}")


def _tcp() -> Iterator[Case]:
    for name in ("http", "closed", "silent", "echo"):
        yield Case("tcp_connect", f"127.0.0.1:{{{name}}}")
    yield Case("tcp_connect", "localhost:{http}")
    yield Case("tcp_connect", "127.0.0.1")
    for name in ("echo", "hanging_up", "silent"):
        yield Case("tcp_banner", f"127.0.0.1:{{{name}}}")
    yield Case("tcp_wrong_banner", "127.0.0.1:{echo}")
    yield Case("tcp_wrong_banner", "127.0.0.1:{hanging_up}")
    yield Case("tcp_dialogue", "127.0.0.1:{echo}")
    yield Case("tcp_mail", "127.0.0.1:{mail}")


def _dns() -> Iterator[Case]:
    modules = (
        "dns_a", "dns_default_type", "dns_aaaa", "dns_mx", "dns_txt", "dns_soa", "dns_soa_tcp", "dns_tcp",
        "dns_missing", "dns_nxdomain", "dns_no_record", "dns_chaos", "dns_no_recursion", "dns_answer_good",
        "dns_answer_bad", "dns_answer_none", "dns_answer_some", "dns_authority_wanted", "dns_all_match",
    )  # fmt: skip
    for module in modules:
        yield Case(module, "127.0.0.1:{dns}")
    yield Case("dns_a", "localhost:{dns}")
    yield Case("dns_a", "127.0.0.1:{closed}")
    yield Case("dns_tcp", "127.0.0.1:{closed}")
    yield Case("dns_tcp", "127.0.0.1:{silent}")


def _icmp() -> Iterator[Case]:
    for module in ("icmp", "icmp_ip4", "icmp_large", "icmp_ttl", "icmp_source"):
        yield Case(module, "127.0.0.1")
    yield Case("icmp_ip4", "localhost")
    yield Case("icmp", "nothing.example")


def _grpc() -> Iterator[Case]:
    for module in ("grpc_bare", "grpc_service", "grpc_unknown_service", "grpc_failing_service", "grpc_ip4"):
        yield Case(module, "127.0.0.1:{grpc}")
    for name in ("grpc_tls", "grpc_expired", "grpc_other", "grpc", "https", "closed"):
        yield Case("grpc_tls", f"127.0.0.1:{{{name}}}")
    yield Case("grpc_tls", "localhost:{grpc_tls}")
    for name in ("grpc_tls", "grpc_expired", "grpc_other"):
        yield Case("grpc_tls_skip", f"127.0.0.1:{{{name}}}")
    for module in ("grpc_tls_untrusted", "grpc_tls_failing", "grpc_tls_unknown"):
        yield Case(module, "127.0.0.1:{grpc_tls}")
    yield Case("grpc_tls_named", "127.0.0.1:{grpc_other}")
    yield Case("grpc_ip4", "127.0.0.1:{grpc_tls}")
    yield Case("grpc_ip4", "127.0.0.1:{closed}")
    yield Case("grpc_ip4", "127.0.0.1:{silent}")
    yield Case("grpc_ip4", "127.0.0.1:{http}")


CASES = {
    "http": (*_http(), *(case for case in _tls() if case.module.startswith("http"))),
    "tcp": (*_tcp(), *(case for case in _tls() if case.module.startswith("tcp"))),
    "dns": (*_dns(),),
    "icmp": (*_icmp(),),
    "grpc": (*_grpc(),),
}
"""By the probe kind that has to be installed."""
SECTIONS = {"http": MODULES, "icmp": ICMP, "grpc": GRPC}
"""Parts of the module file, by the kind that has to be installed for each."""
