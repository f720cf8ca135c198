"""What configuration may not say: options that contradict each other, or that cannot be kept."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from datashare_monitor_http.cel import check_cel
from datashare_monitor_http.readings import MEASURES
from monitor.plugin.http.body_readings import check_readings
from monitor.plugin.http.fields import check_names, check_values
from monitor.plugin.http.proxies import check_proxy

if TYPE_CHECKING:
    from datashare_monitor_http.probe import HttpProbe

MOST_EXAMINED = 4 * 1024 * 1024
"""Bytes of a body that is parsed: more would keep everybody else waiting."""
CREDENTIALS = ("basic_auth", "authorization", "bearer_token", "bearer_token_file", "oauth2")


def check(probe: "HttpProbe") -> None:
    """Return if the options of a probe make sense together.

    Raises:
        ValueError: They do not; it says what to write instead, for each rule that is broken.
    """
    broken = [str(error) for rule in RULES if (error := fault(rule, probe)) is not None]
    if broken:
        raise ValueError("; and ".join(broken))


def fault(rule: "Rule", probe: "HttpProbe") -> ValueError | None:
    """Return what a rule has against a probe, if anything."""
    try:
        rule(probe)
    except ValueError as error:
        return error
    return None


def _headers(probe: "HttpProbe") -> None:
    check_names("headers", probe.headers)
    check_values("headers", probe.headers.items())
    check_names("http_headers", probe.http_headers)
    check_values("http_headers", ((name, text) for name, one in probe.http_headers.items() for text in one.values))
    twice = {name.lower() for name in probe.headers} & {name.lower() for name in probe.http_headers}
    if twice:
        raise ValueError(f"the header {', '.join(sorted(twice))} is in headers and in http_headers; write it once")


def _body(probe: "HttpProbe") -> None:
    if probe.body and probe.body_file:
        raise ValueError("write body or body_file, not both")
    if (probe.body or probe.body_file) and probe.method == "TRACE":
        raise ValueError("a TRACE request has no body; leave body out, or write another method")


def _credentials(probe: "HttpProbe") -> None:
    given = [name for name in CREDENTIALS if getattr(probe, name)]
    if len(given) > 1:
        raise ValueError(f"write {' or '.join(given)}, not both")
    named = {name.lower() for name in (*probe.headers, *probe.http_headers)}
    if given and "authorization" in named:
        raise ValueError(f"write {given[0]} or the header Authorization, not both")


def _tls(probe: "HttpProbe") -> None:
    if probe.fail_if_ssl and probe.fail_if_not_ssl:
        raise ValueError("fail_if_ssl and fail_if_not_ssl together refuse every answer")


def _lengths(probe: "HttpProbe") -> None:
    if probe.degraded_over and probe.down_over and probe.degraded_over >= probe.down_over:
        raise ValueError("degraded_over must be less than down_over")


def _redirects(probe: "HttpProbe") -> None:
    if probe.no_follow_redirects is not None and not probe.follow_redirects and not probe.no_follow_redirects:
        raise ValueError("no_follow_redirects and follow_redirects contradict each other; write follow_redirects alone")


def _examined(probe: "HttpProbe") -> None:
    check_readings(probe.readings, MEASURES)
    if (probe.assertions or probe.readings) and probe.body_size_limit > MOST_EXAMINED:
        raise ValueError("assertions and readings need a body_size_limit of at most 4MiB")
    for name in ("fail_if_body_json_matches_cel", "fail_if_body_json_not_matches_cel"):
        expression = getattr(probe, name)
        if expression is not None:
            check_cel(name, expression)


def _compression(probe: "HttpProbe") -> None:
    accepted = next((text for name, text in probe.headers.items() if name.lower() == "accept-encoding"), None)
    if probe.compression and accepted is not None and not accepts(accepted, probe.compression):
        raise ValueError(
            f"compression is {probe.compression}, but the header Accept-Encoding does not accept it; leave one out"
        )


def _proxy(probe: "HttpProbe") -> None:
    check_proxy(probe)
    if not probe.skip_resolve_phase_with_proxy:
        raise ValueError("skip_resolve_phase_with_proxy: false is not supported: the proxy resolves; leave it out")


def _http2(probe: "HttpProbe") -> None:
    if probe.enable_http2 is False and "HTTP/2.0" in probe.valid_http_versions:
        raise ValueError("valid_http_versions has HTTP/2.0, but enable_http2 is false; leave one of them out")


def accepts(header: str, encoding: str) -> bool:
    """Return whether an Accept-Encoding header accepts a content encoding (RFC 9110, 12.5.3)."""
    named = dict(_weights(header))
    if encoding in named:
        return named[encoding] > 0
    if "*" in named:
        return named["*"] > 0
    return encoding == "identity"


def _weights(header: str) -> Iterator[tuple[str, float]]:
    for part in header.lower().split(","):
        name, _, rest = part.strip().partition(";")
        weight = rest.strip().removeprefix("q=").strip() if rest else "1"
        try:
            yield name.strip(), float(weight)
        except ValueError:
            yield name.strip(), 0.0


Rule = Callable[["HttpProbe"], None]
RULES: Sequence[Rule] = (
    _headers, _body, _credentials, _tls, _lengths, _redirects, _examined, _compression, _proxy, _http2,
)  # fmt: skip
