"""The modules of /probe, read in a thread: the file is short, and the kinds are those that run in this process."""

import asyncio
from pathlib import Path

from monitor.config import Problem
from monitor.config.modules import Modules, read_modules
from monitor.config.modules.probers import KINDS
from monitor.plugin.catalogue import Catalogue, discover
from monitor.plugin.installed import installed


async def load_modules(path: Path) -> tuple[Modules, list[Problem]]:
    """Return the modules of a file, and what is wrong with it; when anything is, the modules are not to be used."""
    modules, problems = await asyncio.to_thread(lambda: read_modules(path, our_kinds()))
    return modules, list(problems)


def our_kinds() -> Catalogue:
    """Return the probe kinds that modules ask for, of our own plugins: no other code enters this process."""
    wanted = frozenset(KINDS.values())  # each of these plugins is named after the kind it is there for
    return discover(only={plugin.name for plugin in installed() if plugin.is_ours and plugin.name in wanted})
