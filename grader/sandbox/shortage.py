"""What is missing where a process cannot be started: memory, processes or descriptors, and how much there may be.

Processes that are killed again and again count as a want of memory: it is what the kernel kills for.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from grader.model.errors import ShortageError
from grader.sandbox.procfs import numbers
from grader.sandbox.protocol.missing_resource import FILES, MEMORY, NAMESPACES, PROCESSES

if sys.platform != "win32":
    import resource

_UNLIMITED = 1 << 60
_CGROUPS = Path("/sys/fs/cgroup")


def shortage(reason: str, want: int = 0) -> ShortageError:
    """No process can be started: why, and the numbers of what is missing."""
    said = numbers_of(want)
    return ShortageError(f"no child process can be started here: {reason}" + (f" ({said})" if said else ""))


def numbers_of(want: int) -> str:
    """How much there is, and may be, of what is missing."""
    return "; ".join(_numbers_of(want))


def killed(status: int | None) -> bool:
    """Whether somebody killed a process, the kernel for want of memory or a person: by what it ended with.

    In namespaces its parent ends with the low byte of it.
    """
    return status in (-signal.SIGKILL, -signal.SIGKILL & 0xFF) if sys.platform != "win32" else False


def _numbers_of(want: int) -> Iterator[str]:
    if sys.platform == "win32":
        return
    if want in MEMORY:
        yield from _memory()
    elif want in PROCESSES:
        yield f"processes: {_limit(resource.RLIMIT_NPROC)} for this user (ulimit -u)"
        if (most := _of_cgroup("pids", "pids.max", "pids.max")) is not None:
            yield f"{most} for this container"
    elif want in FILES:
        yield f"descriptors: {_limit(resource.RLIMIT_NOFILE)} for a process (ulimit -n)"
    elif want in NAMESPACES:
        yield "namespaces: see sysctl user.max_pid_namespaces, user.max_user_namespaces"


def _memory() -> Iterator[str]:
    try:
        left = numbers("/proc/meminfo")
        yield f"memory: {left['MemAvailable'] >> 10:,} of {left['MemTotal'] >> 10:,} MB are left on this machine"
    except (OSError, LookupError):
        yield "memory"
    if (most := resource.getrlimit(resource.RLIMIT_AS)[0]) != resource.RLIM_INFINITY:
        yield f"{most >> 20:,} MB of address space for a process (ulimit -v)"
    if (most_here := _of_cgroup("memory", "memory.max", "memory.limit_in_bytes")) is not None:
        yield f"{most_here >> 20:,} MB for this container"


def _limit(which: int) -> str:
    most = resource.getrlimit(which)[0]
    return "no limit" if most == resource.RLIM_INFINITY else f"{most:,}"


def _of_cgroup(controller: str, name: str, old_name: str) -> int | None:
    """The least that this process's control groups allow; None where they allow anything, or nobody can tell."""
    found = []
    for place, file in _groups(controller, name, old_name):
        for folder in (place, *place.parents):
            if not folder.is_relative_to(_CGROUPS):
                break
            try:
                found.append(int((folder / file).read_text(encoding="ascii")))
            except (OSError, ValueError):  # "max", or there is none
                continue
    return min((most for most in found if most < _UNLIMITED), default=None)


def _groups(controller: str, name: str, old_name: str) -> Iterator[tuple[Path, str]]:
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for _, controllers, path in (line.split(":", 2) for line in lines if line.count(":") > 1):
        below = os.path.normpath(path).strip("/.")
        if not controllers:
            yield _CGROUPS / below, name
        elif controller in controllers.split(","):
            yield _CGROUPS / controller / below, old_name
