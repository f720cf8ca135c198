"""Inhibition: one fallen hub is one notification, not one for each connection that leads through it."""

from collections.abc import Iterator

from monitor.alertmanager import labels

Rule = dict[str, list[str]]


def rules() -> Iterator[Rule]:
    """Yield the rules.

    Alertmanager takes a label that both lack for an equal one: whatever is compared must be there.
    """
    at, target = f'{labels.AT}=~".+"', f'{labels.TARGET}=~".+"'
    down = f"{labels.HUB_DOWN}|{labels.SYSTEM_DOWN}"
    # What is broken at a system that is down: connections, their freshness, their budgets. A certificate may be why.
    yield {
        "source_matchers": [f'alertname=~"{down}"', at],
        "target_matchers": [f'alertname!~"{down}|{labels.AGENCY_DOWN}|{labels.CERTIFICATES}"', at],
        "equal": [labels.AT],
    }
    # What an agency has, when it has gone as a whole; a hub matters to others, and its owner is told.
    yield {
        "source_matchers": [f'alertname="{labels.AGENCY_DOWN}"', f'{labels.AGENCY}=~".+"'],
        "target_matchers": [f'alertname=~"{labels.SYSTEM_DOWN}|{labels.CONNECTIONS}"', f'{labels.AGENCY}=~".+"'],
        "equal": [labels.AGENCY],
    }
    yield {
        "source_matchers": [f'{labels.SEVERITY}="{labels.CRITICAL}"', target],
        "target_matchers": [f'{labels.SEVERITY}!="{labels.CRITICAL}"', target],
        "equal": [labels.AGENCY, labels.TARGET],
    }
    # What the monitor does not see, while it is known why. Alerts about agencies stay: another monitor may see them.
    yield {
        "source_matchers": [f'alertname=~"{labels.MONITOR_DOWN}|{labels.MONITOR_NETWORK_DOWN}"'],
        "target_matchers": [f'alertname=~"{"|".join(labels.MONITOR_BLIND)}"'],
        "equal": [labels.DOMAIN],
    }
