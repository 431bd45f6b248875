"""A class of submissions -> results, one after the other as they are ready.

A pool of worker processes, each with a sandbox of its own. A worker reads what a student has handed in, so that
neither the size nor the malice of a file reaches whoever keeps the marks. One that dies is replaced and its submission
is tried once more; if that worker dies too, the submission is not graded, and says so.

A worker that cannot start children is replaced after a pause, for what was missing may be there again; if that does not
help, the class goes on without it. Only when none is left it stops, and says what is missing.
"""

from __future__ import annotations

import errno
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing.connection import Connection, wait
from pathlib import Path

from grader.grading.submission_grader import SubmissionGrader
from grader.grading.task import Graded, Task, our_fault
from grader.grading.workers import Worker, pool
from grader.intake.finding.choice import Functions
from grader.model.errors import KeyFileError, SandboxError
from grader.model.keys.key import AnswerKey
from grader.model.keys.key_file import load_key
from grader.model.limits import Limits
from grader.sandbox.gpu.cards import Card
from grader.sandbox.isolation.oom_score import WORKERS_FIRST, be_killed_before_others
from grader.sandbox.processes import end_with_parent
from grader.sandbox.session import Sandbox
from grader.sandbox.shortage import shortage

TRIES = 2
PAUSES = (1.0, 5.0)  # before a worker that could start no children is replaced; then it is given up
MOST_DEATHS = 20  # in a row, of the last worker
KEPT = "What was graded until then is kept; run again, with --jobs 1 where memory is short"


@dataclass(frozen=True)
class GradingPlan:
    """How a class is graded: with which key, under which limits, on which graphics cards if on any.

    functions: `AnswerKey.functions`; where they are given, a worker reads the key only when it asks something.
    """

    key: Path
    limits: Limits = field(default_factory=Limits)
    trust: bool = False
    jobs: int = 1
    cards: tuple[Card, ...] = ()
    functions: Functions = field(default_factory=dict)


@dataclass(frozen=True)
class _TriedTask:
    """A task; how many workers have died of it; how many could start no children for it, first after `since` others."""

    task: Task
    deaths: int = 0
    refusals: int = 0
    since: int = 0


@dataclass(frozen=True)
class LocalPool:
    """An `Executor` on this machine. layers: those that were found around a first child."""

    plan: GradingPlan
    layers: tuple[str, ...] = ()

    @property
    def workers(self) -> int:
        return self.plan.jobs

    def submit(self, tasks: Iterable[Task]) -> Iterator[Graded]:
        return grade(self.plan, tasks)


def grade(plan: GradingPlan, tasks: Iterable[Task]) -> Iterator[Graded]:
    """What became of each task, in the order in which they are ready. A task is taken when a worker is free for it.

    Raises `SandboxError` where no worker is left that can start children, after all that was graded was handed over.
    """
    fresh, again, refused, count = iter(tasks), deque[_TriedTask](), deque[_TriedTask](), 0
    with pool(_work, [(plan, card) for card in _cards(plan)]) as workers:
        while True:
            for worker in workers:
                if worker.job is None:  # what was refused comes last: it may be what nobody can start children for
                    worker.job = again.popleft() if again else _next(fresh) or (refused.popleft() if refused else None)
                    _send(worker)
            if all(worker.job is None for worker in workers):
                return
            for worker in _ready(workers):
                job, said = worker.job, _received(worker)
                worker.job = None
                if job is None:
                    continue
                if isinstance(said, Graded):
                    worker.failures, count = 0, count + 1
                    yield _timed(said, worker)
                    continue
                job = _noted(job, said, count)
                given_up = job.deaths == TRIES or (job.refusals > len(PAUSES) and count > job.since)
                _mend(workers, worker, said, given_up)
                if given_up:
                    yield _lost(job.task, said)
                else:
                    (again if said is None else refused).append(job)


def _cards(plan: GradingPlan) -> list[Card | None]:
    """The card of each worker, which its successors keep."""
    cards = plan.cards or (None,)
    return [cards[number % len(cards)] for number in range(plan.jobs)]


def _noted(job: _TriedTask, said: SandboxError | None, count: int) -> _TriedTask:
    if said is None:
        return replace(job, deaths=job.deaths + 1)
    return replace(job, refusals=job.refusals + 1, since=job.since if job.refusals else count)


def _mend(workers: list[Worker], worker: Worker, said: SandboxError | None, given_up: bool) -> None:
    """Puts another process in the place of one that has died or could start no children, or goes on without it.

    given_up: it was the job's doing, and says nothing about the worker.
    """
    worker.end()
    pause = PAUSES[min(worker.failures, len(PAUSES) - 1)] if said or worker.failures else 0.0
    worker.failures = 0 if given_up and said else worker.failures + 1
    spent, others = worker.failures > len(PAUSES), len(workers) > 1
    if spent and not others and said:
        raise type(said)(f"{said}. {KEPT}")
    if worker.failures > MOST_DEATHS:
        raise shortage(f"the grader's own processes are killed again and again. {KEPT}", errno.ENOMEM)
    if (spent and others) or not worker.begin_anew(_work, pause):
        workers.remove(worker)
    if not workers:
        raise shortage(f"no worker process either. {KEPT}", errno.EAGAIN)


def _next(tasks: Iterator[Task]) -> _TriedTask | None:
    task = next(tasks, None)
    return _TriedTask(task) if task else None


def _lost(task: Task, said: SandboxError | None) -> Graded:
    reason = "the grader's own process died twice" if said is None else str(said)
    return our_fault(task.handed_in.student, f"{reason} (our fault)")


def _ready(workers: Sequence[Worker]) -> list[Worker]:
    ready = wait([worker.connection for worker in workers if worker.job is not None])
    return [worker for worker in workers if worker.connection in ready]


def _send(worker: Worker) -> None:
    with suppress(OSError):  # where it has died, reading from it will say so
        if worker.job is not None:
            worker.since = time.time()
            worker.connection.send(worker.job.task)


def _timed(graded: Graded, worker: Worker) -> Graded:
    """With when it was handed over."""
    return replace(graded, times=replace(graded.times, handed_over=worker.since))


def _received(worker: Worker) -> Graded | SandboxError | None:
    """What came of a job: why it could not be asked, or None where the worker has died."""
    try:
        said = worker.connection.recv()
    except (EOFError, OSError):
        return None
    if isinstance(said, KeyFileError):
        raise said
    return said if isinstance(said, (Graded, SandboxError)) else None


def _work(connection: Connection, plan: GradingPlan, card: Card | None, pause: float) -> None:
    """A worker's life: one sandbox, one submission after the other, until the pool hangs up."""
    end_with_parent()
    be_killed_before_others(WORKERS_FIRST)
    time.sleep(pause)
    try:
        with ExitStack() as stack:  # both are there when there is something to ask: a class without changes needs none

            @cache
            def key() -> AnswerKey:
                return load_key(plan.key)

            @cache
            def sandbox() -> Sandbox:
                return stack.enter_context(Sandbox.start(plan.limits, trust=plan.trust, preload=True, card=card))

            grader = SubmissionGrader(plan.functions or key().functions, key, sandbox)
            while True:
                connection.send(grader.grade(connection.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except (SandboxError, KeyFileError) as error:
        connection.send(error)
