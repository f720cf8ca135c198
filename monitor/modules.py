"""The modules of /probe, read in a thread: the file is short, and the kinds are those that run in this process."""

import asyncio
from pathlib import Path

from monitor.config import Problem
from monitor.config.modules import Modules, read_modules
from monitor.plugin.catalogue import Catalogue, on_demand
from monitor.plugin.installed import installed


async def load_modules(path: Path) -> tuple[Modules, list[Problem]]:
    """Return the modules of a file, and what is wrong with it; when anything is, the modules are not to be used."""
    modules, problems = await asyncio.to_thread(lambda: read_modules(path, our_kinds()))
    return modules, list(problems)


def our_kinds() -> Catalogue:
    """Return the probe kinds of our own plugins: no other code enters this process."""
    return on_demand(only={plugin.name for plugin in installed() if plugin.is_ours})
