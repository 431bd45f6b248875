"""What a result comes to: totals, marks, outcomes."""

from __future__ import annotations

from grader.model.result import ExerciseResult, SubmissionResult, Verdict

BROKEN = (Verdict.TIMED_OUT, Verdict.OUT_OF_MEMORY, Verdict.DIED)

CASES = frozenset(("value", "edge", "stability"))

DECIMALS = 4


def total(submission: SubmissionResult) -> float:
    """The points as they are written down, so that every file's total is the sum of its parts."""
    return round(sum(round(exercise.points, DECIMALS) for exercise in submission.exercises), DECIMALS)


def ungraded(submission: SubmissionResult) -> tuple[str, ...]:
    """The exercises that we, not the student, failed at."""
    return tuple(exercise.id for exercise in submission.exercises if exercise.verdict is Verdict.NOT_GRADED)


def unread(submission: SubmissionResult) -> dict[str, str]:
    """Topic -> what was found in place of its file, where nobody has read that."""
    return {each.topic: each.note.text if each.note else "" for each in submission.exercises if each.source == "unread"}


def awaits_a_human(submission: SubmissionResult) -> bool:
    """Whether something was handed in that nobody has read: it has no mark until somebody looks at it."""
    return bool(unread(submission)) or (submission.status == "not_graded" and not submission.empty)


def mark(submission: SubmissionResult) -> float | None:
    """Percent of the points; None while a part of it was not graded."""
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
