"""The start of the daemon: configuration, log and descriptors, and what the exit status says."""

import asyncio
import faulthandler
import resource
import signal
import sys
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from monitor.config import load_in_child
from monitor.daemon import Daemon, NotListeningError
from monitor.settings import ALONE, Shard, Web
from monitor.sinks.journal import configure
from monitor.sinks.spool import Spool
from monitor.vitals import Vitals
from monitor.web import Access, open_access

NOTHING = nullcontext()


async def serve(
    directory: Path,
    listen_on: str | None = None,
    shard: Shard = ALONE,
    meanwhile: AbstractContextManager[object] = NOTHING,
) -> int:
    """Watch everything that a configuration directory names; return the exit status.

    Args:
        directory: Holds ``monitor.yaml`` and ``agencies/``.
        listen_on: ``address:port`` to listen on instead of the configured one.
        shard: Which part of it to watch.
        meanwhile: Shows that something happens while the configuration is read: a large one takes half a minute.
    """
    reload_asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload_asked.set)  # it would end us while we start
    faulthandler.enable()  # a watchdog's SIGABRT names the line that blocks
    with meanwhile:
        loaded = await load_in_child(directory)
    problems = [str(problem) for problem in loaded.problems]
    if loaded.inventory is None:
        errors = sum(problem.is_error for problem in loaded.problems)
        _say(
            *problems,
            f"{errors} error{'' if errors == 1 else 's'} in {directory}; nothing was started",
        )
        return 1
    web = loaded.settings.web if listen_on is None else _web(loaded.settings.web, listen_on)
    settings = replace(loaded.settings, web=web, shard=shard)
    _raise_descriptor_limit()
    access = await _access(directory, settings.web)
    if access is None:
        return 1
    daemon = Daemon(directory, settings, reload_asked, access)
    with Spool(sys.stderr, daemon.vitals.sink_errors) as lines:
        lines.write("".join(f"{problem}\n" for problem in problems))  # warnings: nothing waits for their reader
        configure(settings.log_level, settings.log_format, lines)
        try:
            await daemon.run(loaded)
        except NotListeningError as error:
            _say(str(error))
            return 1
    return 0


async def _access(directory: Path, web: Web) -> Access | None:
    """Return who may speak to the HTTP surface; None when the web-config file, in order a moment ago, is no longer."""
    if web.config_file is None:
        return Access()
    path = directory / web.config_file
    access, problems = await open_access(path, Vitals())
    if access is None:
        _say(*map(str, problems), f"{path} has errors: nothing was started.")
    return access


def _say(*lines: str) -> None:
    sys.stderr.write("".join(f"{line}\n" for line in lines))


def _web(web: Web, listen_on: str) -> Web:
    host, _, port = listen_on.rpartition(":")
    return replace(web, address=ip_address(host.strip("[]")), port=int(port))


def _raise_descriptor_limit() -> None:
    """Each run under way holds a descriptor; the soft limit of 1,024 is for programs that use select()."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
