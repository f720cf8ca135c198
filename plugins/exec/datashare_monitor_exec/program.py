"""One program: started without a shell, read within bounds, and gone with all that it started when the run is over."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass

from datashare_monitor_exec.leash import Leash
from datashare_monitor_exec.pipe import Pipe
from datashare_monitor_exec.start import Command, limit, started

MOST_BYTES = 1024 * 1024
"""Of both streams together; a program that writes more is killed."""
LOST = 255
"""In place of an exit code that somebody else took."""
LAST_SECONDS = 0.1
"""How long the end of a killed program is waited for. One that the kernel holds back is reaped when it lets go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of a program.

    Attributes:
        code: Its exit code; the number of a signal, made negative, when one killed it.
        is_flood: It was killed because it wrote too much.
    """

    code: int
    written: bytes
    complaint: bytes
    is_flood: bool = False


async def run(command: Command) -> Ended:
    """Run a program to its end; cancelled, kill it.

    Raises:
        ProbeError: It cannot be started.
    """
    program = Program(command)
    try:
        return await program.ended
    finally:
        await program.end()


class Program:
    """A program under way.

    Attributes:
        ended: Becomes what became of it.
    """

    def __init__(self, command: Command) -> None:
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[Ended] = self._loop.create_future()
        self._gone = asyncio.Event()
        self._leash = Leash()
        self._out, self._err = Pipe(), Pipe()
        self._is_flood = False
        try:
            self._process = started(command, self._leash.end, self._out.writer, self._err.writer)
        except BaseException:
            self._release()
            raise
        finally:
            self._out.close_writer()
            self._err.close_writer()
        try:
            self._leash.hold(self._process.pid)
            limit(self._process.pid, command.memory_bytes)
            self._pidfd = os.pidfd_open(self._process.pid)
        except BaseException:
            self._process.kill()
            self._process.wait()
            self._release()
            raise
        self._loop.add_reader(self._pidfd, self._exited)
        for pipe in (self._out, self._err):
            self._loop.add_reader(pipe.reader, self._read, pipe)

    async def end(self) -> None:
        """Kill whatever is still there, and give everything back."""
        if not self._gone.is_set():
            self._leash.kill_all()
        self._release()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await self._gone.wait()

    def _read(self, pipe: Pipe) -> None:
        if not pipe.take():
            self._loop.remove_reader(pipe.reader)
        if self._out.seen + self._err.seen > MOST_BYTES and not self._is_flood:
            self._is_flood = True
            self._leash.kill_all()

    def _exited(self) -> None:
        """Take what it wrote last, and its exit code; what it left behind in the background goes with it."""
        self._loop.remove_reader(self._pidfd)
        self._leash.kill()
        code = self._process.returncode = exit_code(self._pidfd)
        os.close(self._pidfd)
        self._gone.set()
        if self.ended.done():
            return
        for pipe in (self._out, self._err):
            pipe.drain(MOST_BYTES)
        self._is_flood |= self._out.seen + self._err.seen > MOST_BYTES
        self.ended.set_result(
            Ended(code=code, written=self._out.kept(), complaint=self._err.kept(), is_flood=self._is_flood)
        )

    def _release(self) -> None:
        for pipe in (self._out, self._err):
            self._loop.remove_reader(pipe.reader)
            pipe.close()
        self._leash.close()


def exit_code(pidfd: int) -> int:
    """Reap a process that has ended; return its exit code, or the number of a signal, made negative."""
    try:
        facts = os.waitid(os.P_PIDFD, pidfd, os.WEXITED)
    except ChildProcessError:  # the monitor was started with SIGCHLD ignored; Popen would take that for success
        return LOST
    if facts is None:
        return LOST
    return facts.si_status if facts.si_code == os.CLD_EXITED else -facts.si_status
