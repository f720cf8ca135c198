"""A process that evaluates something once, within bounds, and is gone with the run."""

import asyncio
import importlib.util
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from datashare_monitor_http.cel_program import OUT_OF_MEMORY
from monitor.plugin import ProbeError, Reason

PROGRAM = Path(__file__).with_name("cel_program.py")
MOST_SAID = 16 * 1024
LAST_SECONDS = 0.1
"""How long the end of a killed process is waited for; one that the kernel holds back is reaped when it lets go."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the process may use."""

    memory_bytes: int
    cpu_seconds: int


async def evaluated(question: bytes, bounds: Bounds) -> bytes | None:
    """Return what the program says to a question; None when it ended for want of memory or of time.

    Raises:
        ProbeError: It cannot be started (``Reason.RESOURCES``), or does not work (``Reason.PLUGIN``).
    """
    process = _Process(question, bounds)
    try:
        return await process.ended
    finally:
        await process.end()


class _Process:
    def __init__(self, question: bytes, bounds: Bounds) -> None:
        self._loop = asyncio.get_running_loop()
        self._gone = asyncio.Event()
        self.ended: asyncio.Future[bytes | None] = self._loop.create_future()
        self._out, writer = os.pipe()
        os.set_blocking(self._out, False)
        try:
            with os.fdopen(os.memfd_create("question"), "wb") as file:
                file.write(question)
                file.seek(0)
                # Popen uses vfork: asyncio's own way forks under uvloop, which holds the loop of a large daemon up.
                self._process = subprocess.Popen(  # noqa: S603 - our own program
                    [sys.executable, "-I", "-S", PROGRAM, library(), str(bounds.memory_bytes), str(bounds.cpu_seconds)],
                    stdin=file, stdout=writer, stderr=subprocess.DEVNULL, cwd="/", env={},
                )  # fmt: skip
        except OSError as error:
            os.close(self._out)
            raise ProbeError(Reason.RESOURCES, f"no process can be started for CEL: {error.strerror}") from error
        finally:
            os.close(writer)
        try:
            self._pidfd = os.pidfd_open(self._process.pid)
        except OSError:
            self._process.kill()
            self._process.wait()
            os.close(self._out)
            raise
        self._loop.add_reader(self._pidfd, self._exited)

    async def end(self) -> None:
        """Kill it if it is still there."""
        os.close(self._out)
        if not self._gone.is_set():
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_SECONDS):
                    await self._gone.wait()

    def _exited(self) -> None:
        self._loop.remove_reader(self._pidfd)
        code = self._process.wait()
        os.close(self._pidfd)
        self._gone.set()
        if self.ended.done():
            return
        if code > 0 and code != OUT_OF_MEMORY:
            words = f"the process for CEL ended with the code {code}; is cel-expr-python installed as it should be?"
            self.ended.set_exception(ProbeError(Reason.PLUGIN, words))
        else:  # a signal ended it, when the code is below 0
            self.ended.set_result((os.read(self._out, MOST_SAID) or None) if code == 0 else None)


@cache
def library() -> str:
    """Return the folder that the CEL library is in."""
    found = importlib.util.find_spec("cel_expr_python")
    places = found.submodule_search_locations if found is not None else None
    return str(Path(next(iter(places))).parent) if places else ""
