"""A picture of an exercise, asked of somebody's function: their numbers beside the right ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from grader.judging.facts import of_failure
from grader.model.errors import UsageError
from grader.model.fact import Fact
from grader.model.keys.key import AnswerKey, ExerciseKey
from grader.model.keys.picture import Picture, Series
from grader.model.picture_numbers import numbers_of
from grader.model.question import Answer, Failed, Question, Returned
from grader.model.result import Verdict
from grader.report.explanation import sentence
from grader.report.plotting import DrawnSeries

AskAll = Callable[[Sequence[Question]], Sequence[Answer]]


def require_pictures(key: AnswerKey, exercise: ExerciseKey) -> tuple[Picture, ...]:
    """The pictures of an exercise. Raises `UsageError`, with those that there are, where it has none."""
    if exercise.pictures:
        return exercise.pictures
    with_pictures = ", ".join(each.id for each in key.exercises if each.pictures)
    known = f"These have: {with_pictures}." if with_pictures else "No exercise of this key has."
    raise UsageError(f"{exercise.id} has no picture. {known}")


def asked_for(picture: Picture, exercise: ExerciseKey, ask: AskAll) -> tuple[DrawnSeries, ...]:
    """Every series of the picture with the numbers that came back, or with the reason why none did."""
    return tuple(
        _drawn(picture, series, ask([replace(each, driver=exercise.driver) for each in series.questions]))
        for series in picture.series
    )


def nothing(questions: Sequence[Question]) -> Sequence[Answer]:
    """The answers of a function that is not written yet."""
    return [Failed(Verdict.MISSING)] * len(questions)


def _drawn(picture: Picture, series: Series, answers: Sequence[Answer]) -> DrawnSeries:
    failed = next((answer for answer in answers if isinstance(answer, Failed)), None)
    if failed is not None:
        written = failed.verdict is not Verdict.MISSING
        return DrawnSeries(series, None, sentence(of_failure(failed) if written else Fact("unwritten")))
    try:
        numbers = numbers_of([each for each in answers if isinstance(each, Returned)], picture.kind, picture.part)
    except ValueError as error:
        return DrawnSeries(series, None, str(error))
    if numbers.shape != series.truth.shape:
        return DrawnSeries(series, None, f"{numbers.shape} came back where {series.truth.shape} is expected")
    return DrawnSeries(series, numbers)
