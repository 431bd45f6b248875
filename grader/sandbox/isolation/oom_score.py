"""Which processes the kernel ends first where memory runs out."""

from __future__ import annotations

import contextlib

WORKERS_FIRST, ZYGOTES_FIRST = 300, 600  # of a thousand, which is sure to be killed


def be_killed_before_others(score: int) -> None:
    """Where memory runs out, the kernel ends this process and its children rather than whoever keeps the marks."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "r+", encoding="ascii") as file:
        if int(file.read()) < score:
            file.write(f"{score}")
