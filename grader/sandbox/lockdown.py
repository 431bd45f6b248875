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
                                    no capabilities, nobody's user number where the grader is root
                                    no_new_privs, not traceable, dies with the zygote
                                    Landlock        enforced
                                    seccomp         last, since it denies the calls made above

Each wall is meant to stand when another falls. Files: the root does not hold them, Landlock does not allow them, the
user may not read them. Writing: read-only mounts, Landlock, the file size limit, no flag for it in open. Other
processes: the namespace does not show them, Landlock sends no signals out, seccomp has no call for it. Network: an
empty namespace, Landlock, no socket call.

What must stand for untrusted code: seccomp, and one of the read-only root and Landlock. Otherwise `close` raises
`Unlockable` and the zygote does not start. Namespaces can be missing for good reasons (a container, a distribution that
forbids them to users), and Landlock on old kernels; what is in force is said in `layers` and put on every report.

A child's numbers leave it through one socket, which is all it has. Time is not kept here: the parent kills the child,
by pidfd, and the processor time limit is there for a child whose parent is gone.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import sysconfig
from collections.abc import Callable, Collection, Sequence

from grader.sandbox import kernel, landlock, namespaces, seccomp
from grader.sandbox.limits import Limits

SYSTEM = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom")
DESCRIPTORS = 64
NAMES = ("namespaces", "read-only root", "landlock", "seccomp")


class Unlockable(Exception):
    """This system cannot hold untrusted code; the message says which walls are missing, and why."""


class Lockdown:
    """The walls of one zygote. `without` names layers that are left out, to see what the others hold."""

    def __init__(self, without: Collection[str] = ()) -> None:
        self._without = frozenset(without)
        self._missing: dict[str, str] = {}
        self._standing: dict[str, str] = {}
        self._own = self.rules = -1
        self._borrow_root = False

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers in force, outermost first."""
        return tuple(self._standing.values())

    def isolate(self) -> bool:
        """Enters namespaces, while this process has one thread. Whether the caller should fork into them."""
        return self._try("namespaces", namespaces.enter)

    def close(self, libraries: Sequence[str]) -> None:
        """Shuts the world out of this process, as far as that is possible here; or raises `Unlockable`."""
        paths = readable_paths(libraries)
        if "namespaces" in self._standing:
            self._own = os.pidfd_open(os.getpid())
            self._try("read-only root", lambda: namespaces.read_only_root(paths))
        else:
            self._missing["read-only root"] = "it needs namespaces"
        self._try("landlock", lambda: self._make_rules(paths))
        self._try("seccomp", _check_seccomp)
        if "seccomp" not in self._standing or not {"read-only root", "landlock"} & self._standing.keys():
            raise Unlockable(", ".join(f"no {name} ({why})" for name, why in self._missing.items()))
        if "landlock" in self._standing:
            self._standing["landlock"] = f"landlock {landlock.version()}"
        self._standing |= {"rlimits": "rlimits", "no privileges": "no privileges"}
        self._borrow_root = "read-only root" not in self._standing and not all(map(_open_to_all, paths))
