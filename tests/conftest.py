"""What holds for all tests: torch computes with one thread.

Arrays are small here, so more threads would only wait for each other, and waiting costs processor time: five times that
of the computing. Processes that tests start inherit it. pytest reads this file before anything imports torch.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
