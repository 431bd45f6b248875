"""Sandboxes that a worker's tests share, and commands that work in them."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict
from functools import cache
from multiprocessing.connection import Connection
from typing import Any

import pytest

from grader.cli import doctor_pool
from grader.grading import pool, workers
from grader.keymaking import parallel
from grader.model.limits import Limits
from grader.sandbox.gpu.cards import Card
from grader.sandbox.session import Sandbox

PATIENT = Limits(question_seconds=60.0, import_seconds=60.0, exercise_seconds=300.0, submission_seconds=600.0)
"""Limits that a right answer keeps on a machine with a load of twenty too."""


@cache
def sandbox(trust: bool = False) -> Sandbox:
    """The sandbox of this process's tests, with every layer or with none. `within` gives it other limits."""
    return _open.enter_context(Sandbox.start(PATIENT, trust=trust, preload=True))


_open = ExitStack()


def close() -> None:
    """Ends the sandboxes, and waits until they are gone."""
    _open.close()
    sandbox.cache_clear()


@contextmanager
def one_process() -> Iterator[None]:
    """Commands work in this process and in the sandbox that is there; workers that grade are threads, others are none.

    Starting torch for each command, and again in each worker, costs more than all that tests have commands do. What is
    about processes is tested with processes: gradebook/test_killed.py, sandbox/test_kill.py, grading/test_hostile_class.py.
    """
    start = Sandbox.start

    def lent(
        limits: Limits | None = None,
        trust: bool = False,
        preload: bool = False,
        without: Collection[str] = (),
        card: Card | None = None,
    ) -> Sandbox:
        if without or card:
            return start(limits, trust, preload, without, card)
        with pytest.MonkeyPatch.context() as original:
            original.setattr(Sandbox, "start", start)
            shared = sandbox(trust).within(asdict(limits or Limits()))
            shared.close = lambda: None  # type: ignore[method-assign]  # it stays open for the next test
            return shared

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "start", lent)
        patch.setattr(workers, "_started", _started_as_thread)
        patch.setattr(pool, "end_with_parent", lambda: None)
        patch.setattr(pool, "be_killed_before_others", lambda score: None)
        for module in (parallel, doctor_pool):
            patch.setattr(module, "worker_pool", lambda size: nullcontext(_Here()))
        yield


class _Here(Executor):
    """A pool without workers."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(function(*arguments, **named))
        except Exception as error:
            done.set_exception(error)
        return done


class _Thread(threading.Thread):
    """A worker that ends when its pool hangs up, and cannot be killed."""

    def kill(self) -> None:
        pass


def _started_as_thread(life: workers.Life, arguments: tuple[Any, ...], pause: float = 0.0) -> workers.Worker:
    ours, theirs = multiprocessing.Pipe()
    thread = _Thread(target=_live, args=(life, theirs, *arguments, pause), daemon=True)
    thread.start()
    return workers.Worker(thread, ours, arguments)  # type: ignore[arg-type]


def _live(life: workers.Life, connection: Connection, *arguments: Any) -> None:
    with connection:
        life(connection, *arguments)
