"""What the results of a class come to: the numbers behind a report, free of any format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean, median

from grader.report.words import BROKEN, mark, outcome, unfinished_because
from grader.verdict import CheckResult, ClassResults, ExerciseResult, SubmissionResult, Verdict


@dataclass(frozen=True, slots=True)
class Overview:
    """`mean` and `median` are percents of the marks that are final; `max_points` is None where it differs."""

    students: int
    graded: int
    not_graded: int
    absent: int
    marks: tuple[float, ...]
    mean: float | None
    median: float | None
    full_marks: int
    max_points: float | None


@dataclass(frozen=True, slots=True)
class ExerciseRate:
    """How a class fared on one exercise: students by outcome (see `words.outcome`)."""

    id: str
    outcomes: Mapping[str, int]

    @property
    def graded(self) -> int:
        return sum(self.outcomes.values()) - self.outcomes.get("not_graded", 0)

    @property
    def passed(self) -> float:
        return self.outcomes.get("passed", 0) / self.graded if self.graded else 0.0


@dataclass(frozen=True, slots=True)
class CheckRate:
    """How many of those who wrote the exercise pass one check of it."""

    exercise: str
    check: CheckResult
    passed: int
    written: int


@dataclass(frozen=True, slots=True)
class Misunderstanding:
    """A misconception and those behind it."""

    exercise: str
    name: str
    hint: str
    students: tuple[str, ...]


def exercise_ids(results: ClassResults) -> tuple[str, ...]:
    """All exercises, in the order in which they are first met: the book's."""
    return tuple(dict.fromkeys(exercise.id for submission in results.submissions for exercise in submission.exercises))


def graded(results: ClassResults) -> list[SubmissionResult]:
    return [submission for submission in results.submissions if submission.status == "graded"]


def overview(results: ClassResults) -> Overview:
    status = Counter(submission.status for submission in results.submissions)
    marks = tuple(percent for submission in results.submissions if (percent := mark(submission)) is not None)
    sizes = {submission.max_points for submission in graded(results)}
    return Overview(
        students=len(results.submissions),
        graded=status["graded"],
        not_graded=status["not_graded"],
        absent=status["absent"],
        marks=marks,
        mean=fmean(marks) if marks else None,
        median=median(marks) if marks else None,
        full_marks=sum(percent >= 100 for percent in marks),
        max_points=sizes.pop() if len(sizes) == 1 else None,
    )


def exercise_rates(results: ClassResults) -> list[ExerciseRate]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in exercise_ids(results)}
    for _, exercise in _work(results):
        counts[exercise.id][outcome(exercise)] += 1
    return [ExerciseRate(name, tallied) for name, tallied in counts.items()]


def check_rates(results: ClassResults) -> list[CheckRate]:
    seen: dict[tuple[str, str, str], CheckResult] = {}
    written: Counter[tuple[str, str, str]] = Counter()
    passed: Counter[tuple[str, str, str]] = Counter()
    for _, exercise in _work(results):
        for check in exercise.checks if exercise.verdict is not Verdict.MISSING else ():
            if check.verdict is Verdict.NOT_GRADED:
                continue
            key = (exercise.id, check.name, check.aspect)
            seen.setdefault(key, check)
            written[key] += 1
            passed[key] += check.verdict is Verdict.PASSED
    rates = [CheckRate(key[0], check, passed[key], written[key]) for key, check in seen.items()]
    place = {name: number for number, name in enumerate(exercise_ids(results))}
    return sorted(rates, key=lambda rate: place[rate.exercise])


def misunderstandings(results: ClassResults) -> list[Misunderstanding]:
    """The misconceptions that were recognised, the most frequent first."""
    behind: dict[tuple[str, str], list[str]] = {}
    hints: dict[tuple[str, str], str] = {}
    for submission, exercise in _work(results):
        if exercise.misconception:
            key = (exercise.id, exercise.misconception)
            behind.setdefault(key, []).append(submission.student)
            hints.setdefault(key, exercise.hint or "")
    ranked = sorted(behind.items(), key=lambda item: -len(item[1]))
    return [Misunderstanding(*key, hints[key], tuple(students)) for key, students in ranked]


def broken(results: ClassResults) -> list[tuple[SubmissionResult, tuple[ExerciseResult, ...]]]:
    """Those whose code ran out of time or memory or took the process down, with the exercises where it did."""
    found = [(each, tuple(e for e in each.exercises if e.verdict in BROKEN)) for each in graded(results)]
    return [(submission, exercises) for submission, exercises in found if exercises]


def unfinished(results: ClassResults) -> list[tuple[SubmissionResult, str]]:
    """Those whose mark is missing or not final, and why."""
    return [
        (submission, why) for submission in results.submissions if (why := unfinished_because(submission)) is not None
    ]


def _work(results: ClassResults) -> Iterator[tuple[SubmissionResult, ExerciseResult]]:
    for submission in graded(results):
        for exercise in submission.exercises:
            yield submission, exercise
