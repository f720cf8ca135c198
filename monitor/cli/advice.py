"""Who has to act on a reason, and what to do first."""

from collections.abc import Mapping
from typing import NamedTuple

from monitor.observation import FaultDomain, Reason
from monitor.outcome import Outcome


class Advice(NamedTuple):
    """Who acts when the observation does not say, and the first thing to do."""

    fault: FaultDomain
    remedy: str


CONSUMER, PROVIDER, NETWORK, MONITOR = (
    FaultDomain.CONSUMER, FaultDomain.PROVIDER, FaultDomain.NETWORK, FaultDomain.MONITOR,
)  # fmt: skip

ADVICE: Mapping[Reason, Advice] = {
    Reason.TIMEOUT: Advice(
        NETWORK, "Nothing took the connection: a firewall that drops it, a route that is gone, or a host that is off."
    ),
    Reason.REFUSED: Advice(PROVIDER, "The host is there, the service is not: start it, or correct the port."),
    Reason.UNREACHABLE: Advice(NETWORK, "No route leads there: look at the link, the router and the firewall between."),
    Reason.DISCONNECTED: Advice(
        PROVIDER, "Something hung up: look in the service's log, and at the proxy or firewall in front of it."
    ),
    Reason.DNS: Advice(PROVIDER, "Have the name corrected by whoever keeps it, or in the check."),
    Reason.TLS: Advice(PROVIDER, "See that the port speaks TLS at all, in a version that both sides accept."),
    Reason.CERTIFICATE: Advice(
        PROVIDER, "Compare names, dates and issuer below; a private authority goes into tls_config.ca_file."
    ),
    Reason.CERTIFICATE_EXPIRED: Advice(PROVIDER, "Renew the certificate, and see why nobody was warned before."),
    Reason.CERTIFICATE_NOT_YET_VALID: Advice(PROVIDER, "Compare the dates below with the clocks at both ends."),
    Reason.CERTIFICATE_NAME: Advice(
        PROVIDER, "Have the name that is asked for put into the certificate, or ask for one of its own: server_name."
    ),
    Reason.CERTIFICATE_SELF_SIGNED: Advice(
        PROVIDER, "Have an authority sign it, or name it as trusted in tls_config.ca_file."
    ),
    Reason.CERTIFICATE_UNTRUSTED: Advice(CONSUMER, "Put the authority's certificate into tls_config.ca_file."),
    Reason.CERTIFICATE_CHAIN: Advice(PROVIDER, "Have the server send the intermediate certificates too."),
    Reason.CERTIFICATE_REVOKED: Advice(PROVIDER, "Replace the certificate at once, and ask why it was revoked."),
    Reason.CERTIFICATE_WEAK: Advice(PROVIDER, "Have key, signature or TLS version brought up to date."),
    Reason.REVOCATION_UNKNOWN: Advice(
        PROVIDER, "Ask the authority why its responder or list does not answer; see that egress admits it."
    ),
    Reason.PROTOCOL: Advice(PROVIDER, "Something else answers there: compare port, path and protocol."),
    Reason.STATUS: Advice(PROVIDER, "Look in the service's log at the time of this run."),
    Reason.HEADER: Advice(PROVIDER, "Compare the header with what was agreed, and ask whether a proxy changed it."),
    Reason.CONTENT: Advice(PROVIDER, "Fetch the answer by hand and compare it with what the check expects."),
    Reason.TOO_LARGE: Advice(PROVIDER, "Ask for less, or raise the limit of the check."),
    Reason.REDIRECT: Advice(PROVIDER, "Write the address it leads to into the check, or follow_redirects."),
    Reason.UNAUTHORIZED: Advice(CONSUMER, "Our credentials are refused: renew them, there and in the secret."),
    Reason.FORBIDDEN: Advice(CONSUMER, "The credentials are known and lack the right: ask the provider for it."),
    Reason.THROTTLED: Advice(CONSUMER, "The quota is used up: check less often, or ask the provider for more."),
    Reason.SERVICE_FAULT: Advice(PROVIDER, "The service runs and says that it failed: the detail names its own error."),
    Reason.CERTIFICATE_EXPIRES: Advice(PROVIDER, "Have the certificate renewed before the date below."),
    Reason.SLOW: Advice(PROVIDER, "See in which phase the time goes, and compare with other hours."),
    Reason.STALE: Advice(PROVIDER, "Find out why nothing newer was published: the job that feeds it comes first."),
    Reason.BACKLOG: Advice(CONSUMER, "Whoever takes the documents is behind: look at its queue."),
    Reason.MISMATCH: Advice(PROVIDER, "Compare the two ends record by record; the newest ones differ most often."),
    Reason.SILENT: Advice(PROVIDER, "Look at the job that should report in, and at its way to the monitor."),
    Reason.SELF_REPORTED: Advice(PROVIDER, "The system knows itself what is wrong: look at its own health page."),
    Reason.MAINTENANCE: Advice(PROVIDER, "Plan a maintenance window for it, so that it does not count as an outage."),
    Reason.PLUGIN: Advice(MONITOR, "Run check-config, then plugins NAME; the plugin's author needs the detail."),
    Reason.WORKER: Advice(MONITOR, "Look in the daemon's log for the plugin's last words; it starts again by itself."),
    Reason.EGRESS: Advice(MONITOR, "If it may connect there, name the network under egress.allow in monitor.yaml."),
    Reason.SECRET: Advice(MONITOR, "See that the file exists and that the monitor's user may read it."),
    Reason.RESOURCES: Advice(MONITOR, "Raise the limit of open files or memory of this process (ulimit, systemd)."),
    Reason.NETWORK: Advice(MONITOR, "Look at this machine's own link, routes and name servers first."),
    Reason.LAGGED: Advice(MONITOR, "This machine is too busy to measure: find out what takes its processor."),
    Reason.SKIPPED: Advice(MONITOR, "Raise slots in monitor.yaml, or spread the checks."),
    Reason.OVERDUE: Advice(MONITOR, "Look in the daemon's log for what holds this check up."),
    Reason.PENDING: Advice(MONITOR, "Wait for the first run to end."),
}  # fmt: skip


HANGS = Advice(PROVIDER, "It took the connection and did not answer: look at its load, and at what it waits for.")
BEFORE = frozenset({"resolve", "connect"})
"""Phases after which the target has taken the connection."""


def advice_on(outcome: Outcome) -> Advice | None:
    """Return who has to act, as the target says, else as reason and phases suggest; None when nobody has to."""
    seen = outcome.observation
    if seen.reason is None:
        return None
    is_connected = not BEFORE.issuperset(outcome.phases)
    advice = HANGS if seen.reason is Reason.TIMEOUT and is_connected else ADVICE[seen.reason]
    return advice if seen.fault is None else advice._replace(fault=seen.fault)
