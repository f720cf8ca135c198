"""One place says who has to act on a reason: for a path, for a single check, and for the plugins that say it too."""

import pytest
from datashare_monitor_oauth2.owners import Owners

from monitor.judge.owners import OWNED, owner, said
from monitor.observation import OURS, FaultDomain, Reason
from monitor.outcome import Ground

CONSUMER, HUB, PROVIDER = FaultDomain.CONSUMER, FaultDomain.HUB, FaultDomain.PROVIDER
NETWORK, MONITOR = FaultDomain.NETWORK, FaultDomain.MONITOR


@pytest.mark.parametrize("reason", [Reason.UNAUTHORIZED, Reason.FORBIDDEN, Reason.THROTTLED])
def test_plugin_for_tokens_names_the_same_owners_unless_told_otherwise(reason):
    assert Owners().of(reason) is OWNED[reason]


@pytest.mark.parametrize(
    ("reason", "hint", "detail", "expected"),
    [
        (Reason.FORBIDDEN, None, "", (PROVIDER, Ground.REASON)),
        (Reason.FORBIDDEN, HUB, "", (HUB, Ground.HINT)),
        (Reason.FORBIDDEN, MONITOR, "", (PROVIDER, Ground.REASON)),
        (Reason.STATUS, None, "answered 500 with the error server.SERVERPROXY.x", (PROVIDER, Ground.HINT)),
        (Reason.STATUS, None, "", None),
        (None, None, "", None),
    ],
)
def test_what_the_answer_says_comes_before_its_reason(reason, hint, detail, expected):
    assert said(reason, hint, detail) == expected


@pytest.mark.parametrize("reason", sorted(OURS))
def test_fault_of_ours_is_nobody_elses_whatever_the_answer_said(reason):
    assert owner(reason, PROVIDER, "Server.ServerProxy", is_connected=True, has_hub=True) is MONITOR


@pytest.mark.parametrize(
    ("reason", "is_connected", "expected"),
    [
        (Reason.TIMEOUT, False, NETWORK),
        (Reason.TIMEOUT, True, PROVIDER),
        (Reason.UNREACHABLE, False, NETWORK),
        (Reason.REFUSED, False, PROVIDER),
    ],
)
def test_timeout_is_the_targets_once_something_took_the_connection(reason, is_connected, expected):
    assert owner(reason, None, "", is_connected=is_connected, has_hub=False) is expected
