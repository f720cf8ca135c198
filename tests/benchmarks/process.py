"""Processes of a measurement: started on one core, measured with all their children, ended by their id."""

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TICKS = os.sysconf("SC_CLK_TCK")
END_WITHIN_SECONDS = 10
MEASURED_CORE, OTHER_CORE = frozenset({0}), frozenset({1})
BOTH_CORES = MEASURED_CORE | OTHER_CORE
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def unwind_when_told_to_end() -> None:
    """Let SIGTERM and SIGHUP raise SystemExit in this process, so that every context ends what it has started."""

    def leave(number: int, _frame: object) -> None:
        for each in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)  # the contexts are at work: another signal would break them off
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


@contextmanager
def running(command: list[str], cores: frozenset[int], log: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a command on some cores as long as the context lasts; what it says goes to ``log``.

    Should this process be killed before it can end the command, the kernel does.
    """
    parent = os.getpid()

    def settle() -> None:
        os.sched_setaffinity(0, cores)
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # killed in the meantime
            os._exit(1)

    with log.open("w") as written:  # a pipe nobody reads would fill up
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
            preexec_fn=settle,  # noqa: PLW1509 - one thread
        )
    try:
        yield child
    except Exception:
        print(f"--- the last of {command[0]} ---\n{log.read_text()[-2000:]}", file=sys.stderr)
        raise
    finally:
        child.terminate()
        try:
            child.wait(END_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe:
                pipe.close()


def said(child: subprocess.Popen[str]) -> str:
    """Return the next line a child writes to its standard output."""
    return child.stdout.readline() if child.stdout else ""


def family(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            found += [int(child) for child in _read(task).split()]
    return found


def cpu_seconds(*pids: int) -> float:
    """Return the processor time, user and system, of processes and their children, ended ones included."""
    total = 0
    for pid in (member for root in pids for member in family(root)):
        fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
        total += sum(map(int, fields[11:15]))
    return total / TICKS


def resident_mib(pid: int) -> float:
    """Return the resident memory of a process and its children."""
    lines = (line for each in family(pid) for line in _read(Path(f"/proc/{each}/status")).splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def fetch(url: str, *, post: bool = False, gzip: bool = False, seconds: float = 30) -> bytes:
    """Return what an address of ours answers, as it came."""
    headers = {"Accept-Encoding": "gzip"} if gzip else {}
    request = urllib.request.Request(url, headers=headers, method="POST" if post else "GET")
    with urllib.request.urlopen(request, timeout=seconds) as answer:
        return bytes(answer.read())


def fetch_json(url: str) -> Any:
    """Return the JSON that an address of ours answers."""
    return json.loads(fetch(url))


def wait_for(url: str, child: subprocess.Popen[str], seconds: float = 60) -> float:
    """Wait until an address answers well, and return the seconds that took."""

    def answers() -> bool:
        if child.poll() is not None:
            raise RuntimeError(f"{child.args!r} ended with {child.returncode}")
        try:
            return bool(fetch(url, seconds=1))
        except (OSError, urllib.error.URLError):
            return False

    return wait_until(answers, seconds, url)


def wait_until(is_so: Callable[[], bool], seconds: float, what: str) -> float:
    """Wait until something is so, and return the seconds that took."""
    began = time.monotonic()
    while not is_so():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.05)
    return time.monotonic() - began


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
