"""A class of submissions -> results, one after the other as they are ready.

A pool of worker processes, each with a sandbox of its own. A worker reads what a student has handed in, so that
neither the size nor the malice of a file reaches whoever keeps the marks. One that dies is replaced and its submission
is tried once more; if that worker dies too, the submission is not graded, and says so.
"""

from __future__ import annotations

import multiprocessing
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing.connection import Connection, wait
from pathlib import Path

from grader.alike import remembering
from grader.assess import Scoring, scored
from grader.errors import SandboxError
from grader.examine import examine
from grader.intake.part import HandedIn
from grader.intake.read import read_handed_in
from grader.key import AnswerKey, load_key
from grader.sandbox.cards import Card
from grader.sandbox.launch import end_with_parent
from grader.sandbox.limits import Limits
from grader.sandbox.session import Sandbox
from grader.submission import Submission
from grader.verdict import SubmissionResult

TRIES = 2


@dataclass(frozen=True)
class Plan:
    """How a class is graded: with which key, under which limits, on which graphics cards if on any.

    topics: the key's, for which it need not be read then.
    """

    key: Path
    limits: Limits = field(default_factory=Limits)
    trust: bool = False
    jobs: int = 1
    cards: tuple[Card, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """A submission to grade. Where its digest is the one that is known, only `stale` exercises are asked."""

    handed_in: HandedIn
    digest: str | None = None
    stale: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Graded:
    """What became of a task.

    result: None where nothing had to be asked. digest: None where the result is our fault, and worth another try.
    partial: the result holds the stale exercises alone. tried: topic -> digest of its source (`Submission.tried`).
    """

    student: str
    digest: str | None
    result: SubmissionResult | None
    partial: bool = False
    tried: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Job:
    task: Task
    tries: int = 1


@dataclass
class _Worker:
    """A process and what it is busy with. Mutable on purpose: it is the pool's own bookkeeping."""

    process: multiprocessing.process.BaseProcess
    connection: Connection
    card: Card | None = None
    job: _Job | None = None


def grade(plan: Plan, tasks: Iterable[Task]) -> Iterator[Graded]:
    """What became of each task, in the order in which they are ready. A task is taken when a worker is free for it."""
    fresh, again = iter(tasks), deque[_Job]()
    with _pool(plan) as workers:
        while True:
            for worker in workers:
                if worker.job is None:
                    worker.job = again.popleft() if again else _next(fresh)
                    _send(worker)
            if all(worker.job is None for worker in workers):
                return
            for worker in _ready(workers):
                job, graded = worker.job, _received(worker)
                worker.job = None
                if job is None:
                    continue
                if graded is None:
                    _replace(plan, worker)
                    if job.tries < TRIES:
                        again.append(_Job(job.task, job.tries + 1))
                        continue
                yield graded or _lost(job.task)


def _next(tasks: Iterator[Task]) -> _Job | None:
    task = next(tasks, None)
    return _Job(task) if task else None


def _lost(task: Task) -> Graded:
    return _our_fault(task.handed_in.student, "the grader's own process died twice (our fault)")


def _our_fault(student: str, reason: str) -> Graded:
    return Graded(student, None, SubmissionResult(student, "not_graded", reason=reason))


def _ready(workers: Sequence[_Worker]) -> list[_Worker]:
    ready = wait([worker.connection for worker in workers if worker.job is not None])
    return [worker for worker in workers if worker.connection in ready]


def _send(worker: _Worker) -> None:
    with suppress(OSError):  # where it has died, reading from it will say so
        if worker.job is not None:
            worker.connection.send(worker.job.task)


def _received(worker: _Worker) -> Graded | None:
    try:
        graded = worker.connection.recv()
    except (EOFError, OSError):
        return None
    if isinstance(graded, SandboxError):
        raise graded
    return graded if isinstance(graded, Graded) else None


@contextmanager
def _pool(plan: Plan) -> Iterator[list[_Worker]]:
    cards = plan.cards or (None,)
    workers = [_started(plan, cards[number % len(cards)]) for number in range(plan.jobs)]
    try:
        yield workers
    except BaseException:  # Ctrl-C, say: nobody waits for what they are at
        for worker in workers:
            worker.process.kill()
        raise
    finally:
        for worker in workers:
            worker.connection.close()
        for worker in workers:
            worker.process.join(5)
            worker.process.kill()


def _started(plan: Plan, card: Card | None) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, plan, card), daemon=False)
    process.start()
    theirs.close()
    return _Worker(process, ours, card)


def _replace(plan: Plan, worker: _Worker) -> None:
    worker.connection.close()
    worker.process.kill()
    fresh = _started(plan, worker.card)
    worker.process, worker.connection = fresh.process, fresh.connection


def _work(connection: Connection, plan: Plan, card: Card | None) -> None:
    """A worker's life: one sandbox, one submission after the other, until the pool hangs up."""
    end_with_parent()
    try:
        with ExitStack() as stack:  # both are there when there is something to ask: a class without changes needs none

            @cache
            def key() -> AnswerKey:
                return load_key(plan.key)

            @cache
            def sandbox() -> Sandbox:
                return stack.enter_context(Sandbox.start(plan.limits, trust=plan.trust, preload=True, card=card))

            topics, scoring = plan.topics or key().topics, remembering(scored)
            while True:
                connection.send(_done(connection.recv(), topics, key, sandbox, scoring))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except SandboxError as error:
        connection.send(error)


def _done(
    task: Task, topics: tuple[str, ...], key: Callable[[], AnswerKey], sandbox: Callable[[], Sandbox], scoring: Scoring
) -> Graded:
    """One submission, read and examined; a fault of ours is said in its reason, and the class goes on."""
    student = task.handed_in.student
    try:
        submission = read_handed_in(task.handed_in, topics)
        digest = submission.digest
        if digest != task.digest:
            return Graded(
                student, digest, examine(key(), submission, sandbox(), scoring=scoring), tried=submission.tried
            )
        if not task.stale:
            return Graded(student, digest, None)
        result = examine(_asked(key(), task.stale, submission), submission, sandbox(), scoring=scoring)
        kept = tuple(exercise for exercise in result.exercises if exercise.id in task.stale)
        return Graded(student, digest, replace(result, exercises=kept), partial=True, tried=submission.tried)
    except SandboxError:
        raise
    except Exception as error:
        return _our_fault(student, f"a fault of d2l-grader, not of the student: {_fault(error)}")


def _fault(error: Exception) -> str:
    """What was raised and where, without its text: a student reads this, and there may be hidden inputs in that."""
    trace = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(trace.filename).name}, line {trace.lineno}"


def _asked(key: AnswerKey, stale: frozenset[str], submission: Submission) -> AnswerKey:
    """The exercises that the results of the stale ones rest on.

    Those are what they need, and the rest of a notebook: whether it never ends is seen from all of its exercises.
    """
    wanted = [each for each in key.exercises if each.id in stale]
    ids = {*stale, *(name for each in wanted for name in each.needs)}
    whole = {each.topic for each in wanted} & set(submission.notebooks)
    return replace(key, exercises=tuple(each for each in key.exercises if each.id in ids or each.topic in whole))
