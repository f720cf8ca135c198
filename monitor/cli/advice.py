"""Who has to act on a reason, and what to do first."""

from collections.abc import Mapping
from typing import NamedTuple

from monitor.judge.owners import owner
from monitor.observation import FaultDomain, Reason
from monitor.outcome import Outcome


class Advice(NamedTuple):
    """Who acts, and the first thing to do."""

    fault: FaultDomain
    remedy: str


REMEDIES: Mapping[Reason, str] = {
    Reason.TIMEOUT: "Nothing took the connection: a firewall drops it, a route is gone, or the host is off.",
    Reason.REFUSED: "The host is there, the service is not: start it, or correct the port.",
    Reason.UNREACHABLE: "No route leads there: look at the link, the router and the firewall between.",
    Reason.DISCONNECTED: "Something hung up: look in the service's log, and at the proxy or firewall in front of it.",
    Reason.DNS: "Have the name corrected by whoever keeps it, or in the check.",
    Reason.TLS: "See that the port speaks TLS at all, in a version that both sides accept.",
    Reason.CERTIFICATE: "Compare names, dates and issuer below; a private authority goes into tls_config.ca_file.",
    Reason.CERTIFICATE_EXPIRED: "Renew the certificate, and see why nobody was warned before.",
    Reason.CERTIFICATE_NOT_YET_VALID: "Compare the dates below with the clocks at both ends.",
    Reason.CERTIFICATE_NAME: "Have the name asked for put into the certificate, or ask for its own: server_name.",
    Reason.CERTIFICATE_SELF_SIGNED: "Have an authority sign it, or name it as trusted in tls_config.ca_file.",
    Reason.CERTIFICATE_UNTRUSTED: "Have an agreed authority sign it, or name this one in tls_config.ca_file.",
    Reason.CERTIFICATE_CHAIN: "Have the server send the intermediate certificates too.",
    Reason.CERTIFICATE_REVOKED: "Replace the certificate at once, and ask why it was revoked.",
    Reason.CERTIFICATE_WEAK: "Have key, signature or TLS version brought up to date.",
    Reason.REVOCATION_UNKNOWN: "Ask the authority why its responder or list is silent; see that egress admits it.",
    Reason.PROTOCOL: "Something else answers there: compare port, path and protocol.",
    Reason.STATUS: "Look in the service's log at the time of this run.",
    Reason.HEADER: "Compare the header with what was agreed, and ask whether a proxy changed it.",
    Reason.CONTENT: "Fetch the answer by hand and compare it with what the check expects.",
    Reason.TOO_LARGE: "Ask for less, or raise the limit of the check.",
    Reason.REDIRECT: "Write the address it leads to into the check, or follow_redirects.",
    Reason.UNAUTHORIZED: "Our credentials are refused: renew them, there and in the secret.",
    Reason.FORBIDDEN: "The credentials are known and lack the right: ask whoever grants it.",
    Reason.THROTTLED: "The quota is used up: check less often, or ask whoever sets it for more.",
    Reason.SERVICE_FAULT: "The service runs and says that it failed: the detail names its own error.",
    Reason.CERTIFICATE_EXPIRES: "Have the certificate renewed before the date below.",
    Reason.SLOW: "See in which phase the time goes, and compare with other hours.",
    Reason.STALE: "Find out why nothing newer was published: the job that feeds it comes first.",
    Reason.BACKLOG: "Whoever takes the documents is behind: look at its queue.",
    Reason.MISMATCH: "Compare the two ends record by record; the newest ones differ most often.",
    Reason.SILENT: "Look at the job that should report in, and at its way to the monitor.",
    Reason.SELF_REPORTED: "The system knows itself what is wrong: look at its own health page.",
    Reason.MAINTENANCE: "Plan a maintenance window for it, so that it does not count as an outage.",
    Reason.PLUGIN: "Run check-config, then plugins NAME; the plugin's author needs the detail.",
    Reason.WORKER: "Look in the daemon's log for the plugin's last words; it starts again by itself.",
    Reason.EGRESS: "If it may connect there, name the network under egress.allow in monitor.yaml.",
    Reason.SECRET: "See that the file exists and that the monitor's user may read it.",
    Reason.RESOURCES: "Raise the limit of open files or memory of this process (ulimit, systemd).",
    Reason.NETWORK: "Look at this machine's own link, routes and name servers first.",
    Reason.LAGGED: "This machine is too busy to measure: find out what takes its processor.",
    Reason.SKIPPED: "Raise slots in monitor.yaml, or spread the checks.",
    Reason.OVERDUE: "Look in the daemon's log for what holds this check up.",
    Reason.PENDING: "Wait for the first run to end.",
}  # fmt: skip


HANGS = "It took the connection and did not answer: look at its load, and at what it waits for."
BEFORE = frozenset({"resolve", "connect"})
"""Phases after which the target has taken the connection."""


def advice_on(outcome: Outcome, *, has_hub: bool = False) -> Advice | None:
    """Return who has to act, as the target says, else as reason and phases suggest; None when nobody has to.

    Args:
        outcome: Of one run.
        has_hub: Whether a hub is on the way to the target, or is the target.
    """
    seen = outcome.observation
    if seen.reason is None:
        return None
    is_connected = not BEFORE.issuperset(outcome.phases)
    remedy = HANGS if seen.reason is Reason.TIMEOUT and is_connected else REMEDIES[seen.reason]
    fault = owner(seen.reason, seen.fault, seen.detail, is_connected=is_connected, has_hub=has_hub)
    return Advice(fault, remedy)
