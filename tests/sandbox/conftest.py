"""Sandboxes in every mode that this machine allows, and what may be found out about their processes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from grader.model.errors import SandboxError
from grader.model.limits import Limits
from grader.sandbox.forked import Zygotes
from grader.sandbox.gpu.children import OnCard
from grader.sandbox.session import EitherWay, Sandbox
from grader.sandbox.spawned import Processes
from tests.support import eventually as eventually  # for the tests beside this file

LIMITS = Limits(question_seconds=1.0, import_seconds=2.0, submission_seconds=30.0, memory_mb=128, answer_mb=16)
PATIENT = {"question_seconds": 60.0, "import_seconds": 60.0}
"""Limits for what ends by itself: a machine with a load of twenty keeps them too."""
HARDENED = {"all layers": (), "without namespaces": ("namespaces",), "without Landlock": ("landlock",)}
SECRET = "BREACH-0-in-the-environment"

Started = Callable[[str], Sandbox]


@pytest.fixture(scope="session")
def started() -> Iterator[Started]:
    """A sandbox by the name of its mode; one for all tests of a session."""
    running: dict[str, Sandbox | SandboxError] = {}
    with ExitStack() as stack:

        def start(mode: str) -> Sandbox:
            if mode not in running:
                try:
                    running[mode] = stack.enter_context(_start(mode))
                except SandboxError as error:
                    running[mode] = error
            found = running[mode]
            if isinstance(found, SandboxError):
                pytest.skip(f"{mode}: {found}")
            return found

        yield start


def _start(mode: str) -> Sandbox:
    if mode == "trusted":
        return Sandbox.start(LIMITS, trust=True)
    if mode == "without a zygote":
        return Sandbox(Processes(), LIMITS)
    os.environ["GRADERS_SECRET"] = SECRET
    return Sandbox.start(LIMITS, without=HARDENED[mode])


@pytest.fixture(params=["all layers", "without namespaces", "trusted"])
def sandbox(request: pytest.FixtureRequest, started: Started) -> Sandbox:
    """A sandbox of each kind that has a zygote: in namespaces, beside the grader's processes, without walls."""
    return started(request.param)


@pytest.fixture(params=list(HARDENED))
def hardened(request: pytest.FixtureRequest, started: Started) -> Sandbox:
    """A sandbox of each mode that is for untrusted code."""
    return started(request.param)


def zygote_pid(sandbox: Sandbox) -> int:
    """The process that the parent has started; in namespaces the zygote proper is its only child."""
    children = sandbox._children
    zygotes = children._children if isinstance(children, EitherWay) else children
    zygotes = zygotes._zygotes if isinstance(zygotes, OnCard) else zygotes
    assert isinstance(zygotes, Zygotes)
    return zygotes._zygote._process.pid


def descendants(pid: int) -> set[int]:
    """All processes below one, as /proc has them."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    below: set[int] = {pid}
    while grown := {child for child, parent in parents.items() if parent in below} - below:
        below |= grown
    return below - {pid}


def students_processes(sandbox: Sandbox) -> set[int]:
    """What runs below the zygote proper."""
    below = descendants(zygote_pid(sandbox))
    if "namespaces" in sandbox.layers:
        below -= {min(below, default=0)}
    return below


@contextmanager
def same_descriptors() -> Iterator[None]:
    """This process has as many descriptors open afterwards as before."""
    before = sorted(os.listdir("/proc/self/fd"))
    yield
    assert sorted(os.listdir("/proc/self/fd")) == before
