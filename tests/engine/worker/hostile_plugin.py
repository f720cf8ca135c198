"""A plugin that does whatever its configuration says, most of it forbidden. Installed by the tests, never imported."""
# ruff: noqa: ASYNC220, ASYNC240, ASYNC251 - misbehaving is what it is for

import asyncio
import ctypes
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from monitor.plugin import (
    Label,
    Measure,
    Observation,
    ProbeKind,
    Reason,
    Secret,
    degraded,
    down,
    hookimpl,
    up,
)
from monitor.plugin.patience import awaiting

THINGS = Measure("probe_things", "Things seen.")
SIDES = Measure("probe_sides", "Things on each side.", labels=(Label.of("side", ["left", "right"]),))
STOWAWAY = Measure("probe_stowaway", "Declared nowhere.")
COUNT = [0]


class Acts:
    """What an asynchronous probe can be told to do."""

    async def up(self, vantage):
        return up(detail=self.text)

    async def verdict(self, vantage):
        return degraded(Reason.SLOW, "slow", THINGS(2), SIDES(1.5, side="left"))

    async def stowaway(self, vantage):
        return up(THINGS(1), STOWAWAY(2), THINGS("three"), THINGS(float("nan")))

    async def count(self, vantage):
        COUNT[0] += 1
        return up(detail=str(COUNT[0]))

    async def note_and_stall(self, vantage):
        with vantage.phase("first"):
            vantage.note(THINGS(7))
        await asyncio.sleep(3600)

    # Not ending

    async def sleep(self, vantage):
        await asyncio.sleep(3600)

    async def block(self, vantage):
        time.sleep(3600)

    async def spin(self, vantage):
        while True:
            pass

    async def spin_in_subtask(self, vantage):
        await asyncio.gather(Acts.spin(self, vantage))

    async def swallow(self, vantage):
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(3600)

    async def stall_in_vantage(self, vantage):
        async with vantage.connect("127.0.0.1", int(self.text)) as stream:
            await stream.read(1)

    async def stall_at_a_step(self, vantage):
        async with vantage.connect("127.0.0.1", int(self.text)) as stream:
            with awaiting("no greeting came in time"):
                await stream.read(1)

    async def sleep_at_a_step(self, vantage):
        with awaiting("no greeting came in time"):
            await asyncio.sleep(3600)

    async def stall_in_http(self, vantage):
        await vantage.http.json(f"http://127.0.0.1:{self.text}/")

    async def stall_in_driver(self, vantage):
        reader, _ = await asyncio.open_connection("127.0.0.1", int(self.text))
        await reader.read(1)

    async def sleep_after_answer(self, vantage):
        async with vantage.connect("127.0.0.1", int(self.text)):
            pass
        await asyncio.sleep(3600)

    async def sleep_then_up(self, vantage):
        await asyncio.sleep(0.3)
        return up()

    # Ending the process

    async def exit_process(self, vantage):
        os._exit(3)

    async def abort(self, vantage):
        os.abort()

    async def crash(self, vantage):
        ctypes.string_at(0)

    async def kill_group(self, vantage):
        os.killpg(0, signal.SIGKILL)

    async def kill_parents_group(self, vantage):
        os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)

    async def kill_parent(self, vantage):
        os.kill(os.getppid(), signal.SIGKILL)
        await asyncio.sleep(0.1)
        return up()

    # Ending the loop

    async def sys_exit(self, vantage):
        sys.exit(3)

    async def sys_exit_in_subtask(self, vantage):
        await asyncio.gather(Acts.sys_exit(self, vantage))

    async def sys_exit_in_callback(self, vantage):
        asyncio.get_running_loop().call_soon(sys.exit, 3)
        await asyncio.sleep(0.05)
        return up()

    async def stop_loop(self, vantage):
        asyncio.get_running_loop().stop()
        await asyncio.sleep(0.05)
        return up()

    async def cancel_itself(self, vantage):
        asyncio.current_task().cancel()
        await asyncio.sleep(0)

    # Using too much

    async def hog(self, vantage):
        return up(detail=str(len(bytearray(4 << 30))))

    async def hog_shared(self, vantage):
        with mmap.mmap(-1, 4 << 30) as page:
            return up(detail=str(len(page)))

    async def flood(self, vantage):
        for _ in range(2000):
            print("x" * 10_000)
        with suppress(BlockingIOError):
            for _ in range(2000):
                os.write(2, b"y" * 10_000)
        return up()

    async def leave_children(self, vantage):
        subprocess.Popen(["sleep", self.text])
        subprocess.Popen(["sleep", self.text], start_new_session=True)
        subprocess.Popen(["sh", "-c", f"setsid sleep {self.text} & exit"]).wait()
        return up()

    async def fork_bomb(self, vantage):
        for _ in range(50):
            if os.fork() == 0:
                os.fork()
                os.setsid()
                os.execvp("sleep", ["sleep", self.text])
        os.abort()

    # Saying what it must not

    async def garbage(self, vantage):
        for channel in channels():
            channel.send(b"\x00\x00\x00\x04oops")
        await asyncio.sleep(3600)

    async def long_frame(self, vantage):
        for channel in channels():
            channel.send(b"\x7f\xff\xff\xff")
        await asyncio.sleep(3600)

    async def made_up_result(self, vantage):
        text = b'{"run":99999,"status":"up","reason":null,"detail":"","fault":null}'
        for channel in channels():
            channel.send(len(text).to_bytes(4, "big") + text)
        await asyncio.sleep(3600)

    async def close_everything(self, vantage):
        os.closerange(3, 512)
        await asyncio.sleep(3600)

    async def nothing(self, vantage):
        return None

    async def text(self, vantage):
        return "up"

    async def broken_observation(self, vantage):
        return Observation("fine", None, 3)

    async def broken_readings(self, vantage):
        return Observation("up", None, "", (1, 2))

    async def odd_readings(self, vantage):
        return up(1, "two", None, THINGS(3))

    async def odd_text(self, vantage):
        return down(Reason.CONTENT, "\ud800\x1b[2J" + "z" * 5000)

    async def too_much(self, vantage):
        return up(*[SIDES(1.0, side="l" * 1000) for _ in range(4000)])

    async def fail(self, vantage):
        raise ValueError(self.text)

    async def fail_oddly(self, vantage):
        class OddError(Exception):
            def __str__(self):
                raise RuntimeError

        raise OddError

    async def fail_with_secret(self, vantage):
        text = vantage.reveal(self.secret)
        print("printed", text)
        raise ValueError(f"login failed for {text}")

    async def refuse(self, vantage):
        raise ConnectionRefusedError(111, "refused")

    # Looking where it must not

    async def environment(self, vantage):
        return up(detail=",".join(sorted(os.environ)))

    async def arguments(self, vantage):
        return up(detail=Path("/proc/self/cmdline").read_text())

    async def parents_environment(self, vantage):
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                found.append((process / "environ").read_bytes())
        return up(detail="found" if any(self.text.encode() in one for one in found) else "nothing")

    async def reveal(self, vantage):
        return up(detail=vantage.reveal(self.secret)[::-1])

    async def reveal_other(self, vantage):
        return up(detail=vantage.reveal(Secret(file=self.text)))

    async def limits(self, vantage):
        names = ("RLIMIT_CORE", "RLIMIT_DATA", "RLIMIT_AS", "RLIMIT_FSIZE", "RLIMIT_NOFILE")
        soft = [resource.getrlimit(getattr(resource, name))[0] for name in names]
        return up(detail=",".join(map(str, [os.umask(0), Path.cwd(), os.getsid(0) == os.getpid(), *soft])))


class ThreadActs:
    """What a synchronous probe can be told to do."""

    def up(self, vantage):
        return up(detail=vantage.name)

    def sleep(self, vantage):
        time.sleep(3600)

    def spin(self, vantage):
        while True:
            pass

    def stall_in_driver(self, vantage):
        with socket.create_connection(("127.0.0.1", int(self.text))) as connection:
            connection.recv(1)

    def stall_at_a_step(self, vantage):
        with awaiting("no greeting came in time"):
            ThreadActs.stall_in_driver(self, vantage)

    def sys_exit(self, vantage):
        sys.exit(3)

    def exit_process(self, vantage):
        os._exit(3)

    def connect(self, vantage):
        vantage.connect("127.0.0.1", 1)


def channels():
    for number in range(3, 64):
        with suppress(OSError):
            channel = socket.socket(fileno=os.dup(number))
            if channel.family == socket.AF_UNIX and channel.type == socket.SOCK_STREAM:
                channel.setblocking(True)
                yield channel


@dataclass(frozen=True, kw_only=True)
class Act:
    """Does what it is told."""

    act: str
    text: str = ""
    secret: Secret | None = None

    async def observe(self, vantage):
        return await getattr(Acts, self.act)(self, vantage)


@dataclass(frozen=True, kw_only=True)
class ThreadAct:
    """Does what it is told, in a thread."""

    act: str
    text: str = ""

    def observe(self, vantage):
        return getattr(ThreadActs, self.act)(self, vantage)


@hookimpl
def monitor_kinds():
    yield ProbeKind("act", Act, measures=[THINGS, SIDES])
    yield ProbeKind("thread-act", ThreadAct, measures=[THINGS])
