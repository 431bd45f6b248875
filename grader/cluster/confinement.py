"""Walls around the process that speaks with the cluster, where this system has Landlock.

It unpickles what workers send, so whoever owns a worker can run code in it. What that code cannot do then is write any
file, look into the head's memory, or read a file that lies elsewhere than the submissions, the certificates and what
Python itself is made of. It can still speak with the network, which is what the process is for.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress

SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/etc",
    "/proc",
    "/dev/null",
    "/dev/urandom",
    "/sys/fs/cgroup",
    "/run/systemd/resolve",
)


def confine(readable: Iterable[str]) -> bool:
    """From here on this process, which has one thread, writes nothing and reads only these paths and Python's own.

    Whether it could be done. What is imported must be imported by now, or lie on Python's path.
    """
    if not sys.platform.startswith("linux"):
        return False
    from grader.sandbox.isolation import landlock, syscalls

    if not landlock.version():
        return False
    pythons = (sys.prefix, sys.base_prefix, *filter(None, sys.path))
    paths = [path for path in dict.fromkeys((*SYSTEM, *pythons, *readable)) if os.path.exists(path)]
    with suppress(OSError):
        rules = landlock.read_only_rules(paths, network=True)
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        landlock.enforce(rules)
        os.close(rules)
        return True
    return False
