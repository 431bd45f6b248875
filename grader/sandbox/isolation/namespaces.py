"""Namespaces: a process with its own processes, network, mounts and root, of which it sees no others.

Root needs no user namespace for it; anyone else makes one, inside which they are allowed to make the rest.
"""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Sequence

from grader.sandbox.isolation import syscalls

NOBODY = 65534
ALL = (
    syscalls.CLONE_NEWNS | syscalls.CLONE_NEWPID | syscalls.CLONE_NEWNET | syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWUTS
)
OWN_PROC = "/proc/own"
_PLACES = ("/tmp", "/mnt", "/var", "/usr")
_HARMLESS = syscalls.MS_NOSUID | syscalls.MS_NODEV


def enter() -> None:
    """Makes namespaces and fills them with a process, in which this call returns; the one outside only waits for it."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        if uid or not _can_become_nobody():
            raise PermissionError
        syscalls.unshare(ALL)
    except PermissionError:  # a root that may not: in a container, say
        syscalls.unshare(ALL | syscalls.CLONE_NEWUSER)
        _write("/proc/self/setgroups", "deny")
        try:
            _write("/proc/self/uid_map", f"{NOBODY} {uid} 1")
        except PermissionError:
            raise PermissionError(f"user {uid} may not be mapped" + " without CAP_SETFCAP" * (uid == 0)) from None
        _write("/proc/self/gid_map", f"{NOBODY} {gid} 1")
    syscalls.mount(None, "/", None, syscalls.MS_REC | syscalls.MS_PRIVATE)
    socket.sethostname("sandbox")
    pid = os.fork()
    if pid:
        syscalls.close_all_but()  # or who reads at the other end of them would wait for us too
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF)
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)


def _can_become_nobody() -> bool:
    with open("/proc/self/uid_map", encoding="ascii") as lines:
        ranges = [tuple(map(int, line.split())) for line in lines]
    return any(first <= NOBODY < first + count for first, _, count in ranges)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def fork_in_own(own: int) -> int:
    """Forks a child that is alone in a process namespace of its own; `own` is a pidfd of this process."""
    syscalls.unshare(syscalls.CLONE_NEWPID)
    pid = -1
    try:
        pid = syscalls.fork()
    finally:
        if pid:  # also where there was none: the next fork unshares again
            syscalls.setns(own, syscalls.CLONE_NEWPID)
    return pid


def read_only_root(paths: Sequence[str], proc: bool = False) -> None:
    """Makes a root that holds `paths`, for reading, and nothing else: no /proc, no /tmp, nobody's home.

    proc: /proc holds what there is about processes, for `own_proc` to cover.
    """
    sources = [(path, os.open(path, os.O_PATH | os.O_CLOEXEC)) for path in paths]
    base = next(place for place in _PLACES if os.path.isdir(place))
    syscalls.mount("tmpfs", base, "tmpfs", _HARMLESS | syscalls.MS_NOEXEC, "size=1m,mode=755")
    try:
        for path, source in sources:  # by descriptor: the path itself may lie below `base`, which is hidden now
            _bind(f"/proc/self/fd/{source}", base + path)
            os.close(source)
        if proc:
            _make_proc(base)
        os.chdir(base)
    except OSError:
        syscalls.unmount(base)
        raise
    syscalls.pivot_root_here()
    os.chdir("/")
    syscalls.mount(
        None, "/", None, syscalls.MS_REMOUNT | syscalls.MS_BIND | syscalls.MS_RDONLY | _HARMLESS | syscalls.MS_NOEXEC
    )


def _make_proc(base: str) -> None:
    """In a user namespace one may mount a /proc only where another is in sight: this one is, until it is covered."""
    os.makedirs(base + OWN_PROC)
    syscalls.mount("proc", base + OWN_PROC, "proc", _HARMLESS | syscalls.MS_NOEXEC)
    for name in ("self", "thread-self", "1"):  # 1: who is alone in a process namespace
        os.symlink(f"{os.path.basename(OWN_PROC)}/{name}", f"{base}/proc/{name}")


def own_proc() -> None:
    """Covers the processes of /proc by those of this process's own namespace, with nothing else about the system."""
    syscalls.unshare(syscalls.CLONE_NEWNS)
    syscalls.mount("proc", OWN_PROC, "proc", _HARMLESS | syscalls.MS_NOEXEC, "subset=pid,hidepid=invisible")


def _bind(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
    syscalls.mount(source, target, None, syscalls.MS_BIND | syscalls.MS_REC)
    device = stat.S_ISCHR(os.stat(target).st_mode)
    syscalls.set_mount_flags(target, syscalls.MS_RDONLY | syscalls.MS_NOSUID | (0 if device else syscalls.MS_NODEV))
