"""What /proc tells of the processes that tests start, and patience with them."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.sandbox.forked import Zygotes
from grader.sandbox.gpu.children import OnCard
from grader.sandbox.session import EitherWay, Sandbox

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc, or needs walls of Linux's")


def eventually(condition: Callable[[], object], seconds: float = 300.0) -> bool:
    """Whether something comes true, by when it would on a busy machine too; nobody waits longer than it takes."""
    end = time.monotonic() + seconds
    while not (true := bool(condition())) and time.monotonic() < end:
        time.sleep(0.02)
    return true


def zygote_pid(sandbox: Sandbox) -> int:
    """The process that the parent has started; in namespaces the zygote proper is its only child."""
    children = sandbox._children
    zygotes = children._children if isinstance(children, EitherWay) else children
    zygotes = zygotes._zygotes if isinstance(zygotes, OnCard) else zygotes
    assert isinstance(zygotes, Zygotes)
    return zygotes._zygote._process.pid


def parents_of_all() -> dict[int, int]:
    """The parent of each process, as /proc has them."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    return parents


def descendants(pid: int) -> set[int]:
    """All processes below one."""
    parents = parents_of_all()
    below: set[int] = {pid}
    while grown := {child for child, parent in parents.items() if parent in below} - below:
        below |= grown
    return below - {pid}


def students_processes(sandbox: Sandbox) -> set[int]:
    """What runs below the zygote proper.

    The zygote proper is known by its parent: the numbers of processes begin again at 1 on a machine that has run long.
    """
    started = zygote_pid(sandbox)
    below = descendants(started)
    if "namespaces" in sandbox.layers:
        below -= {pid for pid, parent in parents_of_all().items() if parent == started}
    return below


@contextmanager
def same_descriptors() -> Iterator[None]:
    """This process has as many descriptors open afterwards as before."""
    before = sorted(os.listdir("/proc/self/fd"))
    yield
    assert sorted(os.listdir("/proc/self/fd")) == before


def free_port() -> int:
    """A port that nobody listens on, a moment ago at least."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
