"""What the results of a class come to: the numbers behind a report, free of any format.

Everything is counted in one pass, and what is kept of a student is a few words: a class need not fit into memory.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from statistics import fmean, median

from grader.model.result import Attempts, CheckResult, ClassResults, ExerciseResult, SubmissionResult, Verdict
from grader.report.attempt_statistics import AttemptRate, attempt_rates
from grader.report.hints import hint_text
from grader.report.item_analysis import ItemRate, ItemSums, LowestFifth, item_rates, lowest_fifth
from grader.report.marks import BROKEN, awaits_a_human, mark, maximum, outcome, unread
from grader.report.wording import unfinished_because

SLOWEST = 5
CheckKey = tuple[str, str, str]
"""Exercise, check, aspect."""


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


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Someone whose mark is missing or not final, and why."""

    student: str
    status: str
    why: str


@dataclass(frozen=True, slots=True)
class Unread:
    """What somebody has to look at: a student's topic, "" for all of them, and what was found in place of its file."""

    student: str
    topic: str
    found: str


@dataclass(frozen=True, slots=True)
class Broken:
    """Someone whose code ran out of time or memory or took the process down: exercise -> which of it."""

    student: str
    exercises: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is counted of a class; `slowest` with their seconds.

    Exercises stand in the order in which they are first met: the book's. There are no `attempts` where nobody is
    known to have tried anything twice.
    """

    overview: Overview
    exercises: tuple[str, ...]
    rates: tuple[ExerciseRate, ...]
    checks: tuple[CheckRate, ...]
    misunderstandings: tuple[Misunderstanding, ...]
    unfinished: tuple[Unfinished, ...]
    unread: tuple[Unread, ...]
    broken: tuple[Broken, ...]
    slowest: tuple[tuple[str, float], ...]
    attempts: tuple[AttemptRate, ...]
    items: tuple[ItemRate, ...] = ()
    lowest: LowestFifth | None = None


def figures(results: ClassResults) -> Figures:
    """Goes through the class once."""
    tally = _Tally()
    for submission in results.submissions:
        _count(tally, submission)
    return Figures(
        overview=_overview(tally),
        exercises=tuple(tally.outcomes),
        rates=tuple(ExerciseRate(id, counts) for id, counts in tally.outcomes.items()),
        checks=tuple(_checks(tally)),
        misunderstandings=tuple(_ranked(tally)),
        unfinished=tuple(tally.unfinished),
        unread=tuple(tally.unread),
        broken=tuple(tally.broken),
        slowest=tuple((student, seconds) for seconds, student in sorted(tally.slowest, reverse=True)),
        attempts=tuple(attempt_rates({id: tally.tried[id] for id in tally.outcomes if id in tally.tried})),
        items=tuple(item_rates(max(tally.items.values(), key=lambda sums: sums.students, default=ItemSums()))),
        lowest=lowest_fifth(tally.final, tally.behind),
    )


@dataclass
class _Tally:
    """What has been counted so far. Mutable on purpose: it is what one pass fills."""

    status: Counter[str] = field(default_factory=Counter)
    marks: list[float] = field(default_factory=list)
    sizes: set[float] = field(default_factory=set)
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    seen: dict[CheckKey, CheckResult] = field(default_factory=dict)
    written: Counter[CheckKey] = field(default_factory=Counter)
    passed: Counter[CheckKey] = field(default_factory=Counter)
    behind: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    hints: dict[tuple[str, str], str] = field(default_factory=dict)
    unfinished: list[Unfinished] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    slowest: list[tuple[float, str]] = field(default_factory=list)
    tried: dict[str, Counter[Attempts]] = field(default_factory=dict)
    items: dict[tuple[str, ...], ItemSums] = field(default_factory=dict)
    final: dict[str, float] = field(default_factory=dict)


def _count(tally: _Tally, submission: SubmissionResult) -> None:
    tally.status[submission.status] += 1
    if (percent := mark(submission)) is not None:
        tally.marks.append(percent)
        tally.final[submission.student] = percent
        ids = tuple(each.id for each in submission.exercises)  # others were given others: compared are the most alike
        tally.items.setdefault(ids, ItemSums()).add(submission.exercises)
    if (why := unfinished_because(submission)) is not None:
        tally.unfinished.append(Unfinished(submission.student, submission.status, why))
    if awaits_a_human(submission):
        found = unread(submission) or {"": submission.reason or ""}
        tally.unread += [Unread(submission.student, topic, said) for topic, said in found.items()]
    for exercise in submission.exercises:
        tally.outcomes.setdefault(exercise.id, Counter())
    if submission.status != "graded":
        return
    tally.sizes.add(maximum(submission))
    if submission.seconds:
        push = heapq.heappush if len(tally.slowest) < SLOWEST else heapq.heappushpop
        push(tally.slowest, (submission.seconds, submission.student))
    if stopped := {each.id: each.verdict for each in submission.exercises if each.verdict in BROKEN}:
        tally.broken.append(Broken(submission.student, stopped))
    for exercise in submission.exercises:
        _count_exercise(tally, exercise, submission.student)


def _count_exercise(tally: _Tally, exercise: ExerciseResult, student: str) -> None:
    tally.outcomes[exercise.id][outcome(exercise)] += 1
    if exercise.attempts:
        tally.tried.setdefault(exercise.id, Counter())[exercise.attempts] += 1
    for hint in exercise.hints:
        mistake = (exercise.id, hint.mistake)
        tally.behind.setdefault(mistake, []).append(student)
        tally.hints.setdefault(mistake, hint_text(hint))
    for check in exercise.checks if exercise.verdict is not Verdict.MISSING else ():
        if check.verdict is not Verdict.NOT_GRADED:
            key = (exercise.id, check.name, check.aspect)
            if key not in tally.seen:
                tally.seen[key] = replace(check, fact=None, full_fact=None)
            tally.written[key] += 1
            tally.passed[key] += check.verdict is Verdict.PASSED


def _overview(tally: _Tally) -> Overview:
    marks = tuple(tally.marks)
    return Overview(
        students=tally.status.total(),
        graded=tally.status["graded"],
        not_graded=tally.status["not_graded"],
        absent=tally.status["absent"],
        marks=marks,
        mean=fmean(marks) if marks else None,
        median=median(marks) if marks else None,
        full_marks=sum(percent >= 100 for percent in marks),
        max_points=next(iter(tally.sizes)) if len(tally.sizes) == 1 else None,
    )


def _checks(tally: _Tally) -> Iterator[CheckRate]:
    place = {id: number for number, id in enumerate(tally.outcomes)}
    for key in sorted(tally.seen, key=lambda key: place[key[0]]):
        yield CheckRate(key[0], tally.seen[key], tally.passed[key], tally.written[key])


def _ranked(tally: _Tally) -> Iterator[Misunderstanding]:
    """The misconceptions that were recognised, the most frequent first."""
    for (exercise, name), students in sorted(tally.behind.items(), key=lambda item: -len(item[1])):
        yield Misunderstanding(exercise, name, tally.hints[exercise, name], tuple(students))
