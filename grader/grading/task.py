"""What is to be graded, what became of it, and the one seam between a run and the place where it is graded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from grader.intake.handed_in import HandedIn
from grader.model.result import SubmissionResult


@dataclass(frozen=True)
class Task:
    """A submission to grade. Where its digest is the one that is known, only `stale` exercises are asked."""

    handed_in: HandedIn
    digest: str | None = None
    stale: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Timestamps:
    """When a submission was handed over to a place, and when a worker there began to read it, had read it and put the
    first question, and had judged the last answer: seconds since 1970. The first is by the clock of the run, the others
    by the worker's. None where it has not happened.
    """

    handed_over: float | None = None
    started: float | None = None
    asked: float | None = None
    judged: float | None = None


@dataclass(frozen=True)
class Graded:
    """What became of a task.

    result: None where nothing had to be asked. digest: None where the result is our fault, and worth another try.
    partial: the result holds the stale exercises alone. tried: topic -> digest of its source (`Submission.tried`).
    worker: the name of the worker that graded it.
    """

    student: str
    digest: str | None
    result: SubmissionResult | None
    partial: bool = False
    tried: Mapping[str, str] = field(default_factory=dict)
    times: Timestamps = Timestamps()
    worker: str = ""


def our_fault(student: str, reason: str) -> Graded:
    """What became of a task that nobody could do. The next run tries again."""
    return Graded(student, None, SubmissionResult(student, "not_graded", reason=reason))


class Executor(Protocol):
    """A place where submissions are graded: processes of this machine, or workers of a cluster."""

    def submit(self, tasks: Iterable[Task]) -> Iterator[Graded]:
        """What became of each task, once each, in the order in which they are ready.

        A task is taken when a worker is about to be free for it, so neither tasks nor results pile up. Raises
        `SandboxError` where nobody is left who can grade, after all that was graded was handed over.
        """

    @property
    def workers(self) -> int:
        """How many workers are at it, or ready."""

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers around each submission."""
