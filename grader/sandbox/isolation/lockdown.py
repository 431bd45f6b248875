"""The walls around student code on Linux, and the order in which they go up.

Theory of operation. A grader starts a zygote; the zygote forks children; student code runs in the children only. Each
wall goes up as early as it can, because what the zygote does once the children need not do again:

    in the zygote, before torch     namespaces      processes, mounts, network, IPC and host name of its own;
                                                    without root inside a user namespace
    in the zygote, after torch      read-only root  the interpreter, its libraries, the system's shared libraries,
                                                    /dev/null, /dev/urandom; no /proc, no /sys, nothing to write to
                                    Landlock rules  the same paths, for reading
    in the child                    process namespace of its own: it sees no process but itself
                                    rlimits         memory, processor time, no file, no process, few descriptors
                                    no capabilities, nobody's user number where the grader is root and can give it up
                                    no_new_privs, not traceable, dies with the zygote
                                    Landlock        enforced
                                    seccomp         last, since it denies the calls made above

A child that may use a graphics card, which somebody has to ask for, lives behind the same walls with a door in them:

    read-only root  also the files of that one card, the driver's libraries, some of /proc and /sys, a /proc of its own
    rlimits         no limit of address space, which CUDA reserves by the terabyte: `guard` watches memory from outside;
                    threads, more descriptors, small files in memory
    no privileges   traceable by its own user, or CUDA could not name its threads; nobody else of that user sees it
    Landlock        writing to the card's files and to its own /proc
    seccomp         the calls of `cuda_calls` too

The driver is then a wall itself, towards the kernel, the machine's memory and other processes' data on the card, and it
was not built as one. That it clears the card's memory before another process gets it is relied on.

Each wall is meant to stand when another falls. Files: the root does not hold them, Landlock does not allow them, the
user may not read them. Writing: read-only mounts, Landlock, the file size limit, no flag for it in open. Other
processes: the namespace does not show them, Landlock sends no signals out, seccomp has no call for it. Network: an
empty namespace, Landlock, no socket call.

What must stand for untrusted code: seccomp, and one of the read-only root and Landlock; with a card it is the root,
since the filter then lets files be opened for writing and sockets be made. Otherwise a `LockdownError` ends the zygote.
Namespaces can be missing for good reasons (a container, a distribution that forbids them to users),
and Landlock on old kernels; `layers` says what is in force, and every report repeats it.

A child's numbers leave it through one socket, which is all it has. Time is not kept here: the parent kills the child,
by pidfd, and the processor time limit is there for a child whose parent is gone.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import signal
import sys
import sysconfig
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from grader.model.limits import Limits
from grader.sandbox.gpu.cards import TOOLS, Card
from grader.sandbox.isolation import landlock, namespaces, seccomp, syscalls
from grader.sandbox.protocol.missing_resource import FILES, MEMORY, PROCESSES

SYSTEM = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom")
LAYERS = ("namespaces", "read-only root", "landlock", "seccomp", "rlimits", "no privileges")
WITH_A_CARD = {
    "read-only root": "read-only root with a card",
    "seccomp": "seccomp with CUDA's calls",
    "rlimits": "rlimits but for address space",
}
DESCRIPTORS, DESCRIPTORS_WITH_A_CARD = 64, 256
FIRST = 1  # what a process calls itself that is alone in its namespace
THREADS = 512  # of all children of one user; `guard` counts those of one child
FILE_WITH_A_CARD = 16 << 20  # in memory: there is no other place for one


class LockdownError(Exception):
    """This system cannot hold untrusted code; the message says which walls are missing, and why."""


class Lockdown:
    """The walls around one zygote, with a door to a card if one is given.

    `without` names layers to leave out, to see what the others hold.
    """

    def __init__(self, libraries: Sequence[str], without: Collection[str] = (), card: Card | None = None) -> None:
        self._paths = readable_paths((*libraries, *(card.reading if card else ())))
        self._card = card
        self._without = frozenset(without)
        self._standing: dict[str, str] = {}
        self._missing: dict[str, str] = {}
        self._own: int | None = None
        self._rules: int | None = None
        self._borrows_root = False
        self._stays_root = False

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers in force, outermost first."""
        weaker = WITH_A_CARD if self._card else {}
        if self._stays_root:
            weaker = {"rlimits": "rlimits but for processes", **weaker}
        if self._card and TOOLS in self._card.devices:
            weaker = weaker | {"read-only root": f"{weaker['read-only root']} and its tools"}
        return tuple(weaker.get(name, self._standing[name]) for name in LAYERS if name in self._standing)

    def isolate(self) -> None:
        """Moves this process into namespaces, while it has one thread and few pages.

        Raises `LockdownError` where what else there is would not be enough.
        """
        self._raise("seccomp", check_seccomp)
        self._raise("landlock", check_landlock, f"landlock {landlock.version()}")
        self._raise("namespaces", lambda: rehearse(namespaces.enter))
        self._require("namespaces", "landlock")
        if "namespaces" in self._standing:
            namespaces.enter()

    def close(self) -> None:
        """Shuts this process in. Raises `LockdownError` where that fails."""
        if "namespaces" in self._standing:
            self._own = os.pidfd_open(os.getpid())
            paths = (*self._paths, *(self._card.devices if self._card else ()))
            seccomp.program(FIRST, self._card is not None)  # once, for all children
            self._raise("read-only root", lambda: namespaces.read_only_root(paths, proc=self._card is not None))
        self._require("read-only root", "landlock")
        if "landlock" in self._standing:
            writable = (*self._card.devices, "/proc") if self._card else ()
            self._rules = landlock.read_only_rules(self._paths, writable)
        self._stays_root = stays_root()
        self._borrows_root = "read-only root" not in self._standing and not all(map(open_to_all, self._paths))
        self._standing |= {name: name for name in LAYERS[-2:]}
        sys.path[:] = [path for path in sys.path if path.startswith(self._paths)]

    def fork(self) -> int:
        """Forks a child, alone among processes where there are namespaces."""
        return syscalls.fork() if self._own is None else namespaces.fork_in_own(self._own)

    def confine(self, limits: Limits, line: int) -> None:
        """The last walls, in the child: nothing is left open but `line`. There is no way back from here."""
        syscalls.close_all_but(0, 1, 2, line, *([] if self._rules is None else [self._rules]))
        if self._card:
            namespaces.own_proc()
        limit_resources(limits, self._card is not None)
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        drop_privileges(self._borrows_root)
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, int(self._card is not None))
        die_with_parent()  # changing the user undid it
        if self._rules is not None:
            landlock.enforce(self._rules)
            os.close(self._rules)
        syscalls.filter_system_calls(seccomp.program(os.getpid(), self._card is not None))

    def _raise(self, name: str, build: Callable[[], object], full_name: str = "") -> None:
        """Puts up a wall, or notes why it does not stand."""
        try:
            if name in self._without:
                raise OSError("left out")
            build()
            self._standing[name] = full_name or name
        except OSError as error:
            if error.errno in (*MEMORY, *PROCESSES, *FILES):  # it might stand at another time
                raise
            self._missing[name] = str(error)

    def _require(self, *either: str) -> None:
        """seccomp, and one of two others, with a card the first of them: less does not hold anybody."""
        enough = {*either[:1]} if self._card else {*either}
        if "seccomp" not in self._standing or not self._standing.keys() & enough:
            missing = ", ".join(f"no {name} ({why})" for name, why in self._missing.items())
            raise LockdownError(f"untrusted code cannot be locked down here: {missing}")


def readable_paths(libraries: Sequence[str]) -> tuple[str, ...]:
    """What student code may read: this interpreter, its packages, the system's shared libraries.

    Not the whole of `sys.prefix` or `sys.path`: an environment may lie in a course's folder, and an editable install
    puts a checkout, solutions and all, on the path.
    """
    python = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    wanted = sorted({*SYSTEM, *python, *libraries, f"{sys.base_prefix}/lib", f"{sys.base_exec_prefix}/lib"})
    kept: list[str] = []
    for path in filter(os.path.exists, wanted):
        if not any(path.startswith(f"{above}/") for above in kept):
            kept.append(path)
    return tuple(kept)


def open_to_all(path: str) -> bool:
    """Whether a user who owns nothing can read there."""
    return all(os.stat(above).st_mode & 0o001 for above in Path(path).parents) and bool(os.stat(path).st_mode & 0o004)


def rehearse(action: Callable[[], object]) -> None:
    """Does something in a child of its own first. Raises `OSError` where it fails there."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        with contextlib.suppress(BaseException):
            try:
                action()
                os.write(writing, b"done")
            except OSError as error:
                os.write(writing, f"{error.errno or 0} {error}".encode())
        os._exit(0)
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        outcome = pipe.read()
    os.waitpid(pid, 0)
    if outcome != "done":
        number, _, text = outcome.partition(" ")
        raise _Rehearsed(int(number or 0), text or "it died")


class _Rehearsed(OSError):
    """An error of another process, by its number and as it was told there."""

    def __str__(self) -> str:
        return str(self.strerror)


def check_landlock() -> None:
    """Whether the kernel has Landlock."""
    if not landlock.version():
        raise OSError("not in this kernel")


def check_seccomp() -> None:
    """Whether the kernel takes filters, and we have one for this processor."""
    if not seccomp.known_machine():
        raise OSError(f"no table of system calls for {syscalls.MACHINE}")
    try:
        syscalls.prctl(syscalls.PR_SET_SECCOMP, 2)
    except OSError as error:
        if error.errno != errno.EFAULT:  # it would have looked at the filter that was not given
            raise


def limit_resources(limits: Limits, card: bool = False) -> None:
    """Sets the limits that the kernel counts, beside memory."""
    for which, most in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_NOFILE, DESCRIPTORS_WITH_A_CARD if card else DESCRIPTORS),
        (resource.RLIMIT_FSIZE, FILE_WITH_A_CARD if card else 0),
        (resource.RLIMIT_NPROC, THREADS if card else 0),
        (resource.RLIMIT_MEMLOCK, limits.memory_mb << 20 if card else 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(which)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)  # to raise it is not allowed
        resource.setrlimit(which, (most, most))


def drop_privileges(borrow_root: bool) -> None:
    """Gives up capabilities and, as root that can, the user. Raises `OSError` where any capability is left.

    borrow_root: files are still opened as root's, without its powers. Only so can an interpreter that lies in root's
    home be read, where there is no root file system of our own that shows it; Landlock says what else is readable.
    """
    with contextlib.suppress(PermissionError):  # who may not drop them has none
        syscalls.drop_bounding_set()
    if os.geteuid() == 0 and not stays_root():
        syscalls.prctl(syscalls.PR_SET_KEEPCAPS, int(borrow_root))
        os.setgroups([])
        os.setresgid(namespaces.NOBODY, namespaces.NOBODY, namespaces.NOBODY)
        os.setresuid(namespaces.NOBODY, namespaces.NOBODY, namespaces.NOBODY)
        if borrow_root:
            syscalls.keep_capabilities(syscalls.CAP_SETUID)
            syscalls.setfsuid(0)
    syscalls.keep_capabilities(0)
    if syscalls.capabilities():
        raise OSError("capabilities are left")


def stays_root() -> bool:
    """Whether this is a root that cannot become anybody else, as in a container without capabilities.

    Such a child has root's name and none of its powers; of the limits, that of processes does not count for it.
    """
    needed = syscalls.CAP_SETUID | syscalls.CAP_SETGID
    return os.geteuid() == 0 and syscalls.capabilities() & needed != needed


def die_with_parent() -> None:
    """The kernel kills this process when the one that forked it is gone."""
    syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
