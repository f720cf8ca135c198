"""What a plugin's process gives up before it loads the plugin. Every call here is for the calling process."""

import ctypes
import os
import resource
import signal
import threading
from contextlib import suppress
from pathlib import Path

from monitor.settings import PluginSettings

# From <linux/prctl.h>, <linux/sched.h>, <linux/capability.h> and <malloc.h>.
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CAPABILITY_VERSION_3 = 0x20080522
M_ARENA_MAX = -8

MIB = 1024 * 1024
STACK_BYTES = MIB
SPARE_THREADS = 32
SPARE_PROCESSES = 64
LOADING_CPU_SECONDS = 60


class Libc:
    """The few calls that Python does not offer."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)

    def prctl(self, option: int, value: int) -> None:
        """Set an attribute of this process; one that the kernel does not know is left alone."""
        self._libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0)

    def unshare(self, flags: int) -> None:
        """Leave namespaces.

        Raises:
            OSError: The system does not let us.
        """
        if self._libc.unshare(flags):
            raise OSError(ctypes.get_errno(), "unshare")

    def drop_capabilities(self) -> None:
        """Keep no privilege that root, or a namespace, would grant."""
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        self._libc.capset(header, (ctypes.c_uint32 * 6)())

    def use_few_arenas(self) -> None:
        """Have malloc reserve address space for two threads, not for each."""
        self._libc.mallopt(M_ARENA_MAX, 2)


def die_with(parent: int, libc: Libc) -> None:
    """Have the kernel kill this process when its parent ends; end at once if it already has."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


def leave_namespaces(libc: Libc) -> bool:
    """Make the children of this process a world of their own: they can signal nobody outside it.

    Some systems let a process leave and then take its rights away, so a child tries first.

    Returns:
        False when the system does not let us; a keeper without it watches over its orphans instead.
    """
    trial = os.fork()
    if trial == 0:
        with suppress(OSError):
            _leave(libc)
            os._exit(0 if os.waitpid(_short_lived(), 0)[1] == 0 else 1)
        os._exit(1)
    if os.waitpid(trial, 0)[1] != 0:
        return False
    _leave(libc)
    return True


def give_up_privileges(libc: Libc) -> None:
    """Lose every capability, for good, and let no process of the same user look into this one."""
    libc.prctl(PR_SET_DUMPABLE, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1)
    libc.drop_capabilities()


def limit(limits: PluginSettings, libc: Libc, *, isolated: bool) -> None:
    """Bound what this process may use, beyond what it uses now.

    Private memory is what counts; the address space as a whole is bounded too, for memory that is shared. The number
    of processes can be bounded for a plugin alone only where it has a namespace of its own, and never for root.
    """
    threading.stack_size(STACK_BYTES)
    libc.prctl(PR_SET_DUMPABLE, 1)  # or its own files in /proc would be root's
    libc.use_few_arenas()
    threads = 2 * limits.in_flight + SPARE_THREADS
    used = _memory_bytes()
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_DATA, used["VmData"] + limits.memory_bytes + threads * STACK_BYTES)
    _lower(resource.RLIMIT_AS, used["VmSize"] + 2 * limits.memory_bytes + threads * STACK_BYTES + 512 * MIB)
    _lower(resource.RLIMIT_FSIZE, limits.memory_bytes)
    _lower(resource.RLIMIT_NOFILE, max(1024, 16 * limits.in_flight))
    if isolated and _counts_by_namespace():
        _lower(resource.RLIMIT_NPROC, threads + SPARE_PROCESSES)
    allow_cpu(LOADING_CPU_SECONDS + limits.cpu_seconds, 0.0)
    Path("/proc/self/oom_score_adj").write_text("500")
    if not isolated:
        libc.prctl(PR_SET_DUMPABLE, 0)


def allow_cpu(seconds: float, used_seconds: float) -> None:
    """Have the kernel end this process when it uses so much more processor time than it has used so far."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(used_seconds + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _leave(libc: Libc) -> None:
    user, group = os.geteuid(), os.getegid()
    libc.unshare(CLONE_NEWUSER | CLONE_NEWPID)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _short_lived() -> int:
    process = os.fork()
    if process == 0:
        os._exit(0)
    return process


def _counts_by_namespace() -> bool:
    """Tell whether RLIMIT_NPROC counts within a user namespace (Linux 5.14), not all that the user runs."""
    major, minor = (int("".join(filter(str.isdigit, part))) for part in os.uname().release.split(".")[:2])
    return (major, minor) >= (5, 14)


def _lower(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (most, most))


def _memory_bytes() -> dict[str, int]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {line.partition(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.startswith("Vm")}
