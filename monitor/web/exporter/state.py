"""What the pages of the exporter show."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from monitor.settings import Web
from monitor.vitals import Vitals
from monitor.web.probing import History, Prober


@dataclass(slots=True)
class Loading:
    """What became of reading the module file.

    Attributes:
        is_ok: Whether the newest attempt succeeded.
        at: When the modules in force were read, seconds since the epoch.
    """

    is_ok: bool = False
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exporter:
    """The running exporter, as one of its listeners serves it.

    Attributes:
        remedy: What to do about it while nothing may be probed.
        level: At which results are logged.
        load: Reads the module file anew, and returns what kept it from coming into force.
        vitals: Whether the web-config file could be read, and who was refused.
        prefix: Path before all routes, such as ``/blackbox``; empty for none.
        external_url: Where browsers find it; empty for where they ask.
    """

    prober: Prober
    history: History
    remedy: str
    level: str
    web: Web
    load: Callable[[], Awaitable[Sequence[str]]]
    loading: Loading
    vitals: Vitals
    prefix: str = ""
    external_url: str = ""


EXPORTER = web.AppKey("exporter", Exporter)
