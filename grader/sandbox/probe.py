"""Which layers this system has: each is put up for real, in a process of its own, and leaned against."""

from __future__ import annotations

import json
import mmap
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from grader.model.limits import Limits
from grader.sandbox.clock import BY_WALL_TIME, FAIR, deadlines_here
from grader.sandbox.processes import libraries, spawn

if sys.platform.startswith("linux"):
    import resource

    from grader.sandbox.isolation import landlock, namespaces, seccomp, syscalls
    from grader.sandbox.isolation.lockdown import (
        check_seccomp,
        drop_privileges,
        limit_resources,
        readable_paths,
        rehearse,
        stays_root,
    )

SECONDS = 60.0
MOST_MEMORY = 4 << 30


class Layer(NamedTuple):
    """A layer by its name, whether it holds here, what was seen or why not, and what was tried to find out."""

    name: str
    available: bool
    detail: str
    tried: str


def probe() -> list[Layer]:
    """Tries every layer. Empty where the system is not Linux."""
    if not sys.platform.startswith("linux"):
        return []
    process = spawn(
        "grader.sandbox.probe", [], False,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    lines, _ = process.communicate(timeout=SECONDS)
    return [Layer(*json.loads(line)) for line in lines.splitlines()]


def main() -> None:
    """Prints one JSON list for each layer."""
    paths = readable_paths(libraries())
    for name, action, detail, tried in (
        ("namespaces", _namespaces, "alone, without a network", "entered; looked for processes and networks"),
        ("read-only root", lambda: _root(paths), f"{len(paths)} paths", "made it the root; listed /proc; made a file"),
        ("landlock", lambda: _landlock(paths), f"version {landlock.version()}", "enforced it; opened a file beyond"),
        ("seccomp", _seccomp, _filter_in_words(), "loaded the filter; made a socket and a process"),
        ("rlimits", _rlimits, _limits_in_words(), "set them; wrote to a file; took memory, descriptors, a process"),
        ("no privileges", _no_privileges, _user_in_words(), "dropped them; changed the root; became another user"),
        (FAIR, _deadlines, "waiting for a processor does not count", "asked the kernel how long a process waited"),
    ):
        print(json.dumps(Layer(name, *_tried(action, detail), tried)), flush=True)


def _filter_in_words() -> str:
    return f"{len(seccomp.program(1)) // 8} instructions, {syscalls.MACHINE}" if seccomp.known_machine() else ""


def _limits_in_words() -> str:
    return "they hold, but for processes: root's are not counted" if stays_root() else "they hold"


def _user_in_words() -> str:
    return "no capability, root by name: it cannot become another user" if stays_root() else "no capability"


def _tried(action: Callable[[], object], detail: str) -> tuple[bool, str]:
    try:
        rehearse(action)
    except OSError as error:
        return False, str(error)
    return True, detail


def _refuses(what: str, action: Callable[[], object]) -> None:
    """Raises `OSError` where `action` does not."""
    try:
        action()
    except OSError:
        return
    raise OSError(f"it does not hold: {what}")


def _namespaces() -> None:
    namespaces.enter()
    if os.getpid() != 1:
        raise OSError("it does not hold: other processes")
    if [name for _, name in socket.if_nameindex()] != ["lo"]:
        raise OSError("it does not hold: network")


def _root(paths: Sequence[str]) -> None:
    namespaces.enter()
    namespaces.read_only_root(paths)
    _refuses("/proc", lambda: os.listdir("/proc"))
    _refuses("writing", lambda: os.open("/file", os.O_CREAT | os.O_WRONLY))


def _landlock(paths: Sequence[str]) -> None:
    rules = landlock.read_only_rules(paths)
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    landlock.enforce(rules)
    _refuses("reading", lambda: os.open("/proc/self/status", os.O_RDONLY))


def _seccomp() -> None:
    check_seccomp()
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    syscalls.filter_system_calls(seccomp.program(os.getpid()))
    _refuses("sockets", socket.socket)
    _refuses("processes", os.fork)


def _no_privileges() -> None:
    drop_privileges(borrow_root=False)
    other = 0 if os.geteuid() else namespaces.NOBODY
    _refuses("chroot", lambda: os.chroot("/"))
    _refuses("another user", lambda: os.setresuid(other, other, other))


def _deadlines() -> None:
    if deadlines_here() == BY_WALL_TIME:
        raise OSError("this kernel does not tell how long a process waits for a processor, so wall time counts")


def _rlimits() -> None:
    file, counted = os.memfd_create("file"), not stays_root()
    limit_resources(Limits())
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    _refuses("file size", lambda: os.write(file, b"text"))
    _refuses("memory", lambda: mmap.mmap(-1, 2 * MOST_MEMORY))
    _refuses("descriptors", lambda: [os.dup(0) for _ in range(resource.getrlimit(resource.RLIMIT_NOFILE)[1])])
    if counted:
        drop_privileges(borrow_root=False)
        _refuses("processes", os.fork)
