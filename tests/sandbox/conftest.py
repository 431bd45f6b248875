"""Sandboxes in every mode that this machine allows, and a world for attacks to spoil."""

from __future__ import annotations

import pytest

from grader.sandbox.session import Sandbox
from tests.helpers.attacks import world as world
from tests.helpers.sandbox_modes import HARDENED, WORDLESS, Started
from tests.helpers.sandbox_modes import started as started
from tests.helpers.slow_class import grown as grown


@pytest.fixture(params=["all layers", "without namespaces", "trusted"])
def sandbox(request: pytest.FixtureRequest, started: Started) -> Sandbox:
    """A sandbox of each kind that has a zygote: in namespaces, beside the grader's processes, without walls."""
    return started(request.param)


LATER = {"without Landlock": pytest.mark.soak}
"""Modes that `make test` leaves to `make soak`: kernels without Landlock are old, and each mode takes a minute."""


@pytest.fixture
def walled(started: Started) -> Sandbox:
    """A sandbox with all of its walls, and no words before them."""
    return started(f"all layers{WORDLESS}")


@pytest.fixture(params=[pytest.param(mode, marks=LATER.get(mode, ())) for mode in HARDENED])
def hardened(request: pytest.FixtureRequest, started: Started) -> Sandbox:
    """A sandbox of each mode that is for untrusted code. It is the walls that are tried, so no words stand before them."""
    return started(f"{request.param}{WORDLESS}")
