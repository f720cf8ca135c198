"""Starting a program: what it inherits, and why it could not be."""

import errno
import os
import resource
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.plugin import ProbeError, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is to be run.

    Attributes:
        arguments: The first is the path of the program.
        files: Descriptors that it inherits under their numbers.
        memory_bytes: The most private memory each of its processes may have; None for no limit.
    """

    arguments: Sequence[str]
    environment: Mapping[str, str]
    files: Sequence[int] = ()
    memory_bytes: int | None = None


def started(command: Command, leash: int, out: int, err: int) -> "subprocess.Popen[bytes]":
    """Start a program that inherits these descriptors, in a session of its own.

    Raises:
        ProbeError: It cannot be started.
    """
    try:
        # Not asyncio's own way: under uvloop it forks, which holds the loop of a large daemon up for 45 ms and more.
        # Without preexec_fn, Popen uses vfork.
        return subprocess.Popen(  # noqa: S603 - what the operator wrote, without a shell
            command.arguments,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            cwd="/",
            env=command.environment,
            pass_fds=(leash, *command.files),
            start_new_session=True,
            umask=0o077,
        )
    except OSError as error:
        raise unstarted(error, command.arguments[0]) from error


def limit(process: int, memory_bytes: int | None) -> None:
    """Bound a process that has just begun, and what it will start.

    Raises:
        ProbeError: It runs with the rights of another user, whose memory we may not limit.
    """
    try:
        resource.prlimit(process, resource.RLIMIT_CORE, (0, 0))
        if memory_bytes is not None:
            resource.prlimit(process, resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    except ProcessLookupError:  # it is gone already
        return
    except PermissionError as error:
        if memory_bytes is not None:
            detail = "the memory of a program that has another user's rights cannot be limited; leave memory out"
            raise ProbeError(Reason.PLUGIN, detail) from error


def unstarted(error: OSError, path: str) -> Exception:
    """Return why a program could not be started, as a fault of ours with its remedy."""
    if isinstance(error, FileNotFoundError):
        if os.path.lexists(path):
            return ProbeError(Reason.PLUGIN, f"{path} names an interpreter that is not there, or points nowhere")
        return ProbeError(Reason.PLUGIN, f"there is no program {path}; install it, or mend command")
    if isinstance(error, PermissionError):
        return ProbeError(Reason.PLUGIN, f"{path} must not be run by the monitor's user; mend its mode or command")
    if isinstance(error, BlockingIOError):
        return ProbeError(Reason.RESOURCES, "the system has no process left for the program")
    if error.errno == errno.ENOEXEC:
        return ProbeError(Reason.PLUGIN, f"{path} is no program; a script begins with #! and its interpreter")
    return error
