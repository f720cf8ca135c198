"""The composition root of ``datashare-monitor blackbox``: /probe and its pages, and nothing else of the daemon."""

import asyncio
import errno
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import structlog

from monitor.clock import SystemClock
from monitor.modules import load_modules
from monitor.network import Network
from monitor.settings import LogFormat, OnRequest, Settings, Web
from monitor.sinks.journal import configure
from monitor.sinks.spool import Spool
from monitor.vitals import Vitals
from monitor.web import Access, Listener, listen, open_access
from monitor.web.exporter import Exporter, Loading, exporter
from monitor.web.probing import History, Prober

NO_SUCH_FAMILY = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL})
"""A machine without IPv6; whoever listens everywhere does without."""
STOP_WITHIN = timedelta(seconds=1.5)
REMEDY = "start with --allow NETWORK or --allow HOST, such as --allow 10.0.0.0/8 --allow '*.hanoi.example'"

log = structlog.get_logger("monitor.blackbox")

Place = tuple[IPv4Address | IPv6Address, int]


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line says."""

    modules: Path
    web_config: Path | None = None
    listen_on: Sequence[Place]
    on_request: OnRequest
    history: int = 100
    log_level: str = "info"
    log_format: LogFormat = LogFormat.AUTO
    probe_level: str = "debug"
    prefix: str = ""
    external_url: str = ""
    web: Web = field(default_factory=Web)


async def serve(options: Options) -> int:
    """Serve until SIGTERM or SIGINT; return the exit status."""
    reload_asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload_asked.set)  # it would end us while we start
    vitals = Vitals()
    with Spool(sys.stderr, vitals.sink_errors) as lines:
        configure(options.log_level, options.log_format, lines)
        if not options.on_request.allow:
            log.error("probe.nothing_allowed", remedy=REMEDY)
        access = await _access(options.web_config, vitals)
        return 1 if access is None else await _Service(options, access, reload_asked).run()


async def _access(path: Path | None, vitals: Vitals) -> Access | None:
    """Return who may speak to the exporter; None, after a line in the log, when the web-config file is not in order."""
    if path is None:
        return Access(vitals=vitals)
    access, problems = await open_access(path, vitals)
    if access is None:
        log.error("web_config.rejected", problems=[one.one_line for one in problems])
    elif problems:
        log.warning("web_config.doubted", problems=[one.one_line for one in problems])
    return access


class _Service:
    def __init__(self, options: Options, access: Access, reload_asked: asyncio.Event) -> None:
        vitals = access.vitals
        self._access = access
        self._options = options
        self._clock = SystemClock()
        self._network = Network(Settings(probe=options.on_request), self._clock, vitals, environment=os.environ)
        self._prober = Prober(self._network, self._clock, vitals, options.on_request)
        self._reload_asked = reload_asked
        self._one_at_a_time = asyncio.Lock()
        self._loading = Loading()
        self._running = Exporter(
            prober=self._prober,
            history=History(options.history),
            remedy=REMEDY,
            level=options.probe_level,
            web=options.web,
            load=self.load,
            loading=self._loading,
            vitals=vitals,
            prefix=options.prefix,
            external_url=options.external_url,
        )

    async def run(self) -> int:
        """Load, listen, wait for the end."""
        if await self.load():
            return 1
        stopped = asyncio.Event()
        async with AsyncExitStack() as stack:
            await self._network.start()
            stack.push_async_callback(self._network.close)
            stack.push_async_callback(self._prober.stop, STOP_WITHIN)
            stack.callback(self._access.close)
            for address, port in self._options.listen_on:
                try:
                    stack.push_async_callback((await self._listen(address, port)).close)
                except OSError as error:
                    if error.errno in NO_SUCH_FAMILY and len(self._options.listen_on) > 1:
                        continue
                    why = os.strerror(error.errno or 0)
                    log.error("monitor.not_listening", address=f"{address} port {port}", why=why)  # noqa: TRY400
                    return 1
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, stopped.set)
            tasks = [asyncio.create_task(work) for work in (self._reload_when_asked(), self._access.watch())]
            await stopped.wait()
            for task in tasks:
                task.cancel()
        log.info("monitor.stopped")
        return 0

    async def _listen(self, address: IPv4Address | IPv6Address, port: int) -> Listener:
        running = replace(self._running, web=replace(self._options.web, address=address, port=port))
        listener = await listen(exporter(running, self._access), address, port, stop_within=STOP_WITHIN)
        log.info("monitor.started", address=str(address), port=listener.port, tls=self._access.config.tls is not None)
        return listener

    async def load(self) -> Sequence[str]:
        """Read the module file and put it into force, whole or not at all; return what kept it from that.

        The web-config file is read anew as well; when that is wrong, neither comes into force.
        """
        async with self._one_at_a_time:
            modules, problems = await load_modules(self._options.modules)
            wrong = [one for one in problems if one.is_error] or [*await self._access.read()]
            self._loading.is_ok = not wrong
            if wrong:
                log.error("config.rejected", problems=[one.one_line for one in wrong])
            else:
                self._prober.modules = modules
                self._loading.at = self._clock.now().timestamp()
                log.info("config.loaded", modules=len(modules))
            return [str(one) for one in wrong]

    async def _reload_when_asked(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self._reload_asked.set)
        while True:
            await self._reload_asked.wait()
            self._reload_asked.clear()
            await self.load()
