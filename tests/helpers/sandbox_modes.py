"""Sandboxes in every mode that this machine allows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from grader.model.errors import SandboxError
from grader.model.limits import Limits
from grader.sandbox.session import Sandbox
from grader.sandbox.spawned import Processes

LIMITS = Limits(question_seconds=1.0, import_seconds=2.0, submission_seconds=30.0, memory_mb=128, answer_mb=16)
PATIENT = {"question_seconds": 60.0, "import_seconds": 60.0}
"""Limits for what ends by itself: a machine with a load of twenty keeps them too."""
HARDENED = {"all layers": (), "without namespaces": ("namespaces",), "without Landlock": ("landlock",)}
WORDLESS = ", without words"
"""Behind the name of a mode: what is not allowed meets the walls, and is not refused in words before."""
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
    mode, wordless, _ = mode.partition(WORDLESS)
    without = ("words",) if wordless else ()
    if mode == "trusted":
        return Sandbox.start(LIMITS, trust=True, without=without)
    if mode == "without a zygote":
        return Sandbox(Processes(), LIMITS)
    os.environ["GRADERS_SECRET"] = SECRET
    return Sandbox.start(LIMITS, without=(*HARDENED[mode], *without))
