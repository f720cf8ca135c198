"""Who has to act on a reason: the one place that says it, for the path of a connection and for a single check."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from monitor.observation import OURS, FaultDomain, Reason
from monitor.outcome import Ground

CONSUMER, HUB, PROVIDER = FaultDomain.CONSUMER, FaultDomain.HUB, FaultDomain.PROVIDER

OWNED: Mapping[Reason, FaultDomain] = {
    Reason.UNAUTHORIZED: CONSUMER,
    Reason.FORBIDDEN: PROVIDER,
    Reason.THROTTLED: HUB,
    Reason.BACKLOG: CONSUMER,
    Reason.STALE: PROVIDER,
    Reason.MISMATCH: PROVIDER,
}
"""Reasons whose owner does not depend on the hops: refused credentials are the consumer's, a right that is missing is
the provider's to grant, a quota that is used up is kept by the hub, documents wait for the consumer to take them, data
are as fresh and as right as the provider publishes them."""

NO_WAY = frozenset({Reason.TIMEOUT, Reason.UNREACHABLE})
"""Nothing took the connection; once something has, a timeout is the target's own."""

SIDE = re.compile(r"\bserver\.(client|server)proxy\b", re.IGNORECASE)
"""X-Road's fault codes and ``X-Road-Error``, which begin with the side on which the message broke."""


class Said(NamedTuple):
    """Who has to act, and what says so."""

    domain: FaultDomain
    ground: Ground


def said(reason: Reason | None, hint: FaultDomain | None, detail: str = "") -> Said | None:
    """Return whom an answer or its reason names; None when they name nobody.

    Args:
        reason: Why it is not up.
        hint: Whose fault the answer said it is.
        detail: May begin X-Road's code for the side that failed.
    """
    told = hint or _side(detail)
    if told is not None and told is not FaultDomain.MONITOR:
        return Said(told, Ground.HINT)
    owner = OWNED.get(reason) if reason is not None else None
    return None if owner is None else Said(owner, Ground.REASON)


def owner(reason: Reason, hint: FaultDomain | None, detail: str, *, is_connected: bool, has_hub: bool) -> FaultDomain:
    """Return who has to act on what a single check saw, when nothing is known of the other hops.

    Args:
        reason: Why it is not up.
        hint: Whose fault the answer said it is.
        detail: What the check saw.
        is_connected: Whether something took the connection.
        has_hub: Whether a hub is on the way, or is itself the target; else the provider is in its place.
    """
    if reason in OURS:
        return FaultDomain.MONITOR
    named = said(reason, hint, detail)
    if named is not None:
        return PROVIDER if named.domain is HUB and not has_hub else named.domain
    return FaultDomain.NETWORK if reason in NO_WAY and not (is_connected and reason is Reason.TIMEOUT) else PROVIDER


def _side(detail: str) -> FaultDomain | None:
    found = SIDE.search(detail)
    if found is None:
        return None
    return CONSUMER if found[1].lower() == "client" else PROVIDER
