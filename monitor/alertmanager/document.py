"""The whole configuration, and its text."""

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from monitor.alertmanager.inhibition import rules
from monitor.alertmanager.mail import Mail
from monitor.alertmanager.mutes import Mutes
from monitor.alertmanager.owners import ContactKey
from monitor.alertmanager.receivers import receivers
from monitor.alertmanager.routes import root
from monitor.inventory import Inventory

HEADING = """\
# Written by `datashare-monitor alertmanager` from the contacts, owners and maintenance windows of the inventory:
# change them there, write this anew, and let `amtool check-config` look at it before Alertmanager reads it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who is told of the monitor itself.

    Attributes:
        operators: A contact of the inventory; None while nobody is named.
        watchdog: URL called every minute as long as Prometheus and Alertmanager work; empty for none.
    """

    operators: ContactKey | None = None
    watchdog: str = ""


def configuration(inventory: Inventory, mutes: Mutes, mail: Mail, desk: Desk) -> Mapping[str, object]:
    """Return the configuration of Alertmanager 0.25 or newer.

    Args:
        inventory: Of which ``missing()`` found nothing.
        mutes: Its maintenance windows.
        mail: How e-mail is sent.
        desk: Who is told of the monitor itself.
    """
    intervals = [{"name": name, "time_intervals": found} for name, found in mutes.intervals.items()]
    return {
        "global": mail.settings,
        "route": root(inventory, mutes, has_watchdog=bool(desk.watchdog)),
        "inhibit_rules": [*rules()],
        **({"time_intervals": intervals} if intervals else {}),
        "receivers": [*receivers(inventory, desk.operators, desk.watchdog)],
    }


def written(configuration: Mapping[str, object]) -> str:
    """Return a configuration as YAML."""
    text: str = yaml.dump(
        configuration, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1_000_000, default_flow_style=False
    )
    return HEADING + text


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        """Write everything out: the same route may stand in two places."""
        return True
