"""A worker that can start no children, in a module of its own, since a process that is started imports it."""

from __future__ import annotations

import os
import signal
from itertools import count
from multiprocessing.connection import Connection
from typing import Any

from grader.grading import pool, submission_grader
from grader.grading.pool import GradingPlan
from grader.model.errors import ShortageError
from grader.sandbox.gpu.cards import Card

REASON = "no child process can be started here: nothing is left of what was there"


def work(connection: Connection, plan: GradingPlan, card: Card | None, pause: float) -> None:
    """The n-th worker that is started at all refuses, or is killed, if the file beside the key says so of n; or each
    refuses a student."""
    folder = plan.key.parent
    number = next(number for number in count() if _taken(str(folder / f"ticket {number}")))
    said = dict(line.split() for line in (folder / "orders").read_text().splitlines())
    if "student" in said:
        read = submission_grader.read_handed_in

        def read_handed_in(handed_in: Any, topics: Any) -> Any:
            return read(handed_in, topics) if handed_in.student != f"student {said['student']}" else _refused()

        submission_grader.read_handed_in = read_handed_in
    order = said.get(str(number), said.get("*", "work"))
    if order == "refuse":
        pool.Sandbox.start = staticmethod(_refused)  # type: ignore[method-assign]
    elif order == "die":
        connection.recv()
        os.kill(os.getpid(), signal.SIGKILL)
    pool._work(connection, plan, card, pause)


def _taken(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def _refused(*_: Any, **__: Any) -> Any:
    raise ShortageError(REASON)
