"""Runs that are written into a gradebook by hand."""

from __future__ import annotations

from grader.gradebook.book import Gradebook
from grader.gradebook.staleness import RunFacts
from grader.model.result import ExerciseResult, SubmissionResult, Verdict
from tests.helpers.results import exercise

GRADED_BY = {"softmax.softmax": "a", "softmax.logsumexp": "b"}
FACTS = RunFacts(
    course="d2l", title="A course: 动手学", key_digest="k", device="cpu", dtype=None, layers=("seccomp",),
    limits={"memory_mb": 1024}, versions={"torch": "2.13.0"}, graded_by=GRADED_BY,
)  # fmt: skip


def logsumexp(points: float = 2.0) -> ExerciseResult:
    verdict = Verdict.PASSED if points == 2.0 else Verdict.WRONG
    return exercise("softmax.logsumexp", verdict, points=points)


def graded(book: Gradebook, *results: SubmissionResult, facts: RunFacts = FACTS) -> int:
    """A run in which these submissions are graded, each with its student's name as digest."""
    run = book.begin(facts, [each.student for each in results])
    for each in results:
        book.keep(run, each, each.student, facts.graded_by)
    return run
