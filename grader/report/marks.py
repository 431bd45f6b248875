"""What a result comes to: totals, marks, outcomes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from grader.model.result import ExerciseResult, SubmissionResult, Verdict

BROKEN = (Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY, Verdict.DIED)

CASES = frozenset(("value", "edge", "stability"))

DECIMALS = 4


def total(submission: SubmissionResult) -> float:
    """The points as they are written down, so that every file's total is the sum of its parts; those that are known so
    far where the mark is not final."""
    if submission.mark:
        known = submission.mark.points
        parts = (each.points or 0 for each in submission.mark.exercises if each.counts)
        return float(known if known is not None else sum(parts, Decimal(0)))
    return round(sum(round(exercise.points, DECIMALS) for exercise in submission.exercises), DECIMALS)


def maximum(submission: SubmissionResult) -> float:
    """The points of all that counts."""
    return float(submission.mark.most) if submission.mark else submission.max_points


def counted(submission: SubmissionResult, exercise: ExerciseResult) -> ExerciseResult:
    """The exercise with the points that it adds to the mark, after weights, people and lateness; the points of the
    checks alone where nobody knows what lateness costs."""
    mark = submission.mark.exercise(exercise.id) if submission.mark else None
    if mark is None:
        return exercise
    points = mark.points if mark.points is not None else mark.automatic
    return replace(exercise, points=float(points or 0), max_points=float(mark.most))


def is_settled(submission: SubmissionResult) -> bool:
    """Whether there is a mark, or none is due, whatever the checks could not say: a person has said it."""
    return submission.mark is not None and (submission.mark.points is not None or submission.mark.excused)


def ungraded(submission: SubmissionResult) -> tuple[str, ...]:
    """The exercises that we, not the student, failed at."""
    return tuple(exercise.id for exercise in submission.exercises if exercise.verdict is Verdict.NOT_GRADED)


def unread(submission: SubmissionResult) -> dict[str, str]:
    """Topic -> what was found in place of its file, where nobody has read that."""
    return {each.topic: each.note.text if each.note else "" for each in submission.exercises if each.source == "unread"}


def awaits_a_human(submission: SubmissionResult) -> bool:
    """Whether something was handed in that nobody has read: it has no mark until somebody looks at it."""
    if is_settled(submission):
        return False
    return bool(unread(submission)) or (submission.status == "not_graded" and not submission.empty)


def mark(submission: SubmissionResult) -> float | None:
    """Percent of the points; None while a part of it was not graded, or nobody knows how late it was."""
    if submission.mark:
        points, most = submission.mark.points, submission.mark.most
        return None if points is None or not most else float(100 * points / most)
    if submission.status != "graded" or not submission.max_points or ungraded(submission):
        return None
    return 100 * total(submission) / submission.max_points


def outcome(exercise: ExerciseResult) -> str:
    """The six ways an exercise can end, as a reader tells them apart."""
    if exercise.verdict in (Verdict.PASSED, Verdict.MISSING, Verdict.NOT_GRADED):
        return exercise.verdict.value
    if exercise.verdict in BROKEN:
        return "broke"
    return "partly" if exercise.points > 0 else "wrong"
