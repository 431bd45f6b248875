"""What holds for all tests: torch computes with one thread, and what they share ends with them.

Arrays are small here, so more threads would only wait for each other, and waiting costs processor time: five times that
of the computing. Processes that tests start inherit it. pytest reads this file before anything imports torch.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")


@pytest.fixture(scope="session", autouse=True)
def _shared() -> Iterator[None]:
    yield
    if sandboxes := sys.modules.get("tests.helpers.sandboxes"):
        sandboxes.close()
