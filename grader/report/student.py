"""What a student may know of their own results: `detail`, never `full_detail`, and no hidden check by its name."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from grader.report.words import (
    HIDDEN,
    WORD,
    by_topic,
    clean,
    hint_of,
    number,
    one_line,
    outcome,
    plural,
    points_of,
    symbol,
    tally,
)
from grader.verdict import ExerciseResult, SubmissionResult, Verdict

QUIET = (Verdict.PASSED, Verdict.MISSING, Verdict.NOT_GRADED)


@dataclass(frozen=True, slots=True)
class Failure:
    """Checks that failed alike. `names` are those of shown checks, `hidden` speaks of the others; `verdict` is
    empty where it is the exercise's own."""

    names: tuple[str, ...]
    hidden: str
    verdict: str
    detail: str


@dataclass(frozen=True, slots=True)
class Item:
    """An exercise."""

    function: str
    outcome: str
    symbol: str
    points: str
    verdict: str
    tally: str
    failures: tuple[Failure, ...]
    hint: str
    note: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its points and exercises; `share` is in percent."""

    name: str
    points: str
    max_points: str
    share: float
    items: tuple[Item, ...]


def topics_of(submission: SubmissionResult) -> tuple[Topic, ...]:
    exercises = submission.exercises if submission.status == "graded" else ()
    return tuple(_topic(name, group) for name, group in by_topic(exercises, attrgetter("id")))


def _topic(name: str, exercises: list[ExerciseResult]) -> Topic:
    points, most = sum(each.points for each in exercises), sum(each.max_points for each in exercises)
    share = round(100 * points / most, 1) if most else 0.0
    return Topic(one_line(name), number(points), number(most), share, tuple(map(_item, exercises)))


def _item(exercise: ExerciseResult) -> Item:
    quiet = exercise.verdict in QUIET
    return Item(
        function=one_line(exercise.function),
        outcome=outcome(exercise),
        symbol=symbol(exercise),
        points="" if exercise.verdict is Verdict.NOT_GRADED else points_of(exercise),
        verdict=WORD[exercise.verdict],
        tally="" if quiet else tally(exercise),
        failures=() if quiet else _failures(exercise),
        hint="" if quiet else one_line(hint_of(exercise)),
        note=one_line(exercise.note),
    )


def _failures(exercise: ExerciseResult) -> tuple[Failure, ...]:
    """What failed, the shown checks first; a page of equal lines helps no one, so what is alike is told once."""
    alike: dict[tuple[bool, str, str], list[str]] = {}
    for check in exercise.checks:
        if check.verdict is not Verdict.PASSED:
            verdict = "" if check.verdict is exercise.verdict else WORD[check.verdict]
            dtype = f" in {check.dtype}" if check.dtype else ""
            alike.setdefault((check.shown, verdict, clean(check.detail)), []).append(one_line(check.name) + dtype)
    ordered = sorted(alike.items(), key=lambda group: not group[0][0])
    return tuple(
        Failure(tuple(names) if shown else (), "" if shown else _hidden(len(names)), verdict, detail)
        for (shown, verdict, detail), names in ordered
    )


def _hidden(count: int) -> str:
    return HIDDEN if count == 1 else plural(count, "hidden case")
