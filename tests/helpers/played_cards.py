"""Cards that are played by files, and a worker that has them: a process that is started imports this module."""

from __future__ import annotations

import os
from multiprocessing.connection import Connection

from grader.grading.pool import GradingPlan, _work
from grader.sandbox import processes
from grader.sandbox.gpu import children
from grader.sandbox.gpu.cards import ABOUT_THE_SYSTEM, Card
from grader.sandbox.gpu.nvml import CardMemory

CARD = Card(0, "", ("/dev/zero", "/dev/full"), tuple(path for path in ABOUT_THE_SYSTEM if os.path.exists(path)))
NO_CUDA = "from grader.sandbox.child import child\nchild.start_card = lambda memory_mb: {}\n"


def work(connection: Connection, plan: GradingPlan, card: Card | None, pause: float) -> None:
    """CUDA starts in its children without a card, and the cards say what they hold."""
    processes.BOOT = processes.BOOT.replace("main()\n", f"{NO_CUDA.format(repr(''))}main()\n")
    children.meter_of = lambda card: lambda: CardMemory(80_000.0, 1_000.0)
    _work(connection, plan, card, pause)
