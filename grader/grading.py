"""A class of submissions -> results, one after the other as they are ready.

A pool of worker processes, each with a sandbox of its own. A worker that dies is replaced and its submission
is tried once more; if that worker dies too, the submission is not graded, and says so.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

from grader.errors import SandboxError
from grader.examine import examine
from grader.key import AnswerKey, load_key
from grader.sandbox.limits import Limits
from grader.sandbox.session import Sandbox
from grader.submission import Submission
from grader.verdict import SubmissionResult

TRIES = 2


@dataclass(frozen=True)
class Plan:
    """How a class is graded: with which key, under which limits."""

    key: Path
    limits: Limits = field(default_factory=Limits)
    trust: bool = False
    jobs: int = 1


@dataclass
class _Worker:
    """A process and what it is busy with. Mutable on purpose: it is the pool's own bookkeeping."""

    process: multiprocessing.process.BaseProcess
    connection: Connection
    busy: int | None = None


def grade(plan: Plan, submissions: Sequence[Submission]) -> Iterator[tuple[int, SubmissionResult]]:
    """Results with the place of their submission, in the order in which they are ready."""
    waiting, tries = deque(range(len(submissions))), [0] * len(submissions)
    with _pool(plan, min(plan.jobs, len(submissions))) as workers:
        while waiting or any(worker.busy is not None for worker in workers):
            for worker in workers:
                if worker.busy is None and waiting:
                    worker.busy = waiting.popleft()
                    tries[worker.busy] += 1
                    _send(worker, submissions[worker.busy])
            for worker in _ready(workers):
                place, result = worker.busy, _received(worker)
                worker.busy = None
                if place is None:
                    continue
                if result is None:
                    _replace(plan, worker)
                    if tries[place] < TRIES:
                        waiting.appendleft(place)
                        continue
                    result = _lost(submissions[place])
                yield place, result


def _lost(submission: Submission) -> SubmissionResult:
    return SubmissionResult(submission.student, "not_graded", reason="the grader's own process died twice (our fault)")


def _ready(workers: Sequence[_Worker]) -> list[_Worker]:
    ready = wait([worker.connection for worker in workers if worker.busy is not None])
    return [worker for worker in workers if worker.connection in ready]


def _send(worker: _Worker, submission: Submission) -> None:
    with suppress(OSError):  # where it has died, reading from it will say so
        worker.connection.send(submission)


def _received(worker: _Worker) -> SubmissionResult | None:
    try:
        result = worker.connection.recv()
    except (EOFError, OSError):
        return None
    if isinstance(result, SandboxError):
        raise result
    return result if isinstance(result, SubmissionResult) else None


@contextmanager
def _pool(plan: Plan, size: int) -> Iterator[list[_Worker]]:
    workers = [_started(plan) for _ in range(size)]
    try:
        yield workers
    finally:
        for worker in workers:
            worker.connection.close()
        for worker in workers:
            worker.process.join(5)
            worker.process.kill()


def _started(plan: Plan) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, plan), daemon=False)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _replace(plan: Plan, worker: _Worker) -> None:
    worker.connection.close()
    worker.process.kill()
    fresh = _started(plan)
    worker.process, worker.connection = fresh.process, fresh.connection


def _examined(key: AnswerKey, submission: Submission, sandbox: Sandbox) -> SubmissionResult:
    """One submission's result; a fault of ours is said in its reason, and the class goes on."""
    try:
        return examine(key, submission, sandbox)
    except SandboxError:
        raise
    except Exception as error:
        reason = f"a fault of d2l-grader, not of the student: {type(error).__name__}: {error}".splitlines()[0]
        return SubmissionResult(submission.student, "not_graded", reason=reason)


def _work(connection: Connection, plan: Plan) -> None:
    """A worker's life: one sandbox, one submission after the other, until the pool hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the pool hears Ctrl-C and hangs up
    try:
        key = load_key(plan.key)
        with Sandbox.start(plan.limits, trust=plan.trust, preload=True) as sandbox:
            while True:
                connection.send(_examined(key, connection.recv(), sandbox))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except SandboxError as error:
        connection.send(error)
